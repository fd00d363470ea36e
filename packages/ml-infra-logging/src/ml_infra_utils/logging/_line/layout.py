"""How a user wants the keys of a line: renamed, added, left out, in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, Iterable, Mapping

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._record.fields import OWN_AT_TIMES, OWN_KEYS
from ml_infra_utils.logging._words import described, listed, nearest

if TYPE_CHECKING:
    from ml_infra_utils.logging._record.exceptions import Note

    Line = Dict[str, object]
    Processor = Callable[[Line], Mapping[str, object]]

# What a handler and the encoder add.
ADDED_LAST = ("_altered", "_writer", "_sequence")


class Layout:
    """Give the mapping of a line the form that a user wants.

    Parameters
    ----------
    keys : iterable of str
        The keys that a line calls its own.
    rename : mapping of str to str
        Other names for some of them.
    static : mapping
        Keys and values that every line gets.
    drop : iterable of str
        Keys that no line has; those of the line by either name.
    order : iterable of str
        Keys that come first, in this order; likewise.
    processors : iterable of callables
        Each takes the mapping and gives it back, changed.

    Attributes
    ----------
    reserved : frozenset of str
        Keys that fields may not have.
    failures : Failures
        Processors that failed.
    """

    def __init__(
        self,
        keys: Iterable[str],
        *,
        rename: Mapping[str, str],
        static: Mapping[str, object],
        drop: Iterable[str],
        order: Iterable[str],
        processors: Iterable[Processor],
    ) -> None:
        for argument, given in (("rename", rename), ("static", static)):
            if not isinstance(given, Mapping):
                raise TypeError(f"{argument} must be a mapping, got {described(given)}")
        if not isinstance(processors, Iterable):
            raise TypeError(f"processors must be a list of callables, got {described(processors)}")
        self._rename = _checked_renames(dict(rename), [*keys])
        named = {self._rename.get(key, key) for key in keys}
        self._static = dict(static)
        for name in self._static:
            if not isinstance(name, str) or name in named or name in ADDED_LAST:
                raise ValueError(
                    f"static must have keys that a line has not already, got {described(name)}"
                )
        # A key may be named as it was before, unless that is another one's name now.
        self._drop, self._order = (
            tuple(name if name in named else self.renamed(name) for name in _names(argument, given))
            for argument, given in (("drop", drop), ("order", order))
        )
        self._processors = [*processors]
        for processor in self._processors:
            if not callable(processor):
                raise TypeError(f"processors must be callables, got {described(processor)}")
        self.reserved = frozenset(
            {*OWN_KEYS, *keys, *named, *self._static, *ADDED_LAST} - OWN_AT_TIMES
        )
        self.failures = Failures("leaves a processor out")

    def __bool__(self) -> bool:
        return bool(self._rename or self._static or self._drop or self._order or self._processors)

    def renamed(self, key: str) -> str:
        """Give the name that a key of the line has in the end."""
        return self._rename.get(key, key)

    def __call__(self, line: Line, note: Note) -> Line:
        """Give the mapping in the form that is wanted."""
        rename = self._rename
        line = {rename.get(key, key): value for key, value in line.items()}
        line.update(self._static)
        for key in self._drop:
            line.pop(key, None)
        for processor in self._processors:
            line = self._processed(processor, line, note)
        if self._order:
            line = {**{key: line[key] for key in self._order if key in line}, **line}
        return line

    def _processed(self, processor: Processor, line: Line, note: Note) -> Line:
        try:
            return dict(processor(dict(line)))
        except Exception as error:
            name = getattr(processor, "__name__", type(processor).__name__)
            note("", f"processor {name} left out: {type(error).__name__}")
            self.failures.add(name, error)
            return line


def _checked_renames(rename: dict[str, str], keys: list[str]) -> dict[str, str]:
    for key, name in rename.items():
        if key not in keys:
            raise ValueError(
                f"rename must name keys of a line, got {described(key)}{nearest(key, keys)}: "
                f"they are {listed(keys)}"
            )
        if not isinstance(name, str) or not name:
            raise ValueError(f"rename must give a name to {key!r}, got {described(name)}")
    final = [*(rename.get(key, key) for key in keys), *ADDED_LAST]
    for name in rename.values():
        if final.count(name) > 1:
            raise ValueError(f"rename must give each key a name of its own, got {name!r} twice")
    return rename


def _names(argument: str, given: Iterable[str]) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if isinstance(given, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{argument} must be a list of keys, got {described(given)}")
    return names
