"""Patterns that mean the same in every engine, and that none takes forever to match.

RE2, which DuckDB and PyArrow use, and Rust's engine, which Polars uses, take linear time, but
Python's, that of pandas and Java's, which Spark uses, go back and try again. A pattern is refused
where they could try exponentially many ways, and where RE2 does not know what it asks for.
"""

from __future__ import annotations

import re
import sys
import warnings
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._words import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import FrozenSet

    Characters = FrozenSet[int]

# Whether classes overlap is tried with these: ASCII, Latin-1 and a few beyond. A character beyond
# that is not among them is taken for all, so that no overlap is missed.
_TRIED = (*range(256), 0x3B1, 0x416, 0x663, 0x2003, 0x4E2D)
_ALL = frozenset(_TRIED)
_UNSHARED = {
    "ASSERT": "a look ahead or behind",
    "ASSERT_NOT": "a look ahead or behind",
    "GROUPREF": "a reference to a group",
    "GROUPREF_EXISTS": "a reference to a group",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
# So many repeats of the same characters may follow each other.
_MOST_IN_A_ROW = 3


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that is safe in every engine.

    Raises
    ------
    ValueError
        If it does not compile, asks for what RE2 does not know, or may take exponential time.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            found = re.compile(pattern)
            tree = _parsed(pattern)
    except (re.error, FutureWarning, OverflowError, RecursionError) as error:
        told = shortened(str(error), 200)
        raise ValueError(
            f"pattern must be a regular expression, got {shortened(pattern)} ({told})"
        ) from None
    for name, _ in _nodes(tree):
        if name in _UNSHARED:
            raise ValueError(
                f"pattern must be one that every engine knows, got {shortened(pattern)} with "
                f"{_UNSHARED[name]}, which RE2 has not"
            )
    if found.flags & ~re.UNICODE:
        raise ValueError(
            f"pattern must have no flags, got {shortened(pattern)}; write [aA] for both cases"
        )
    if _may_explode(tree):
        raise ValueError(
            "pattern must not repeat what can match one text in many ways, as (a+)+ and a*a*a*a* "
            f"do, got {shortened(pattern)}, which may take forever"
        )
    return found


def _parsed(pattern: str) -> Any:
    if sys.version_info >= (3, 11):
        from re import _parser as parser  # type: ignore[attr-defined]  # private, but the one parser of patterns
    else:
        import sre_parse as parser
    return list(parser.parse(pattern))


def _nodes(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield each node of a parsed pattern, as its name and what belongs to it."""
    for operation, argument in tree:
        name = str(operation)
        yield name, argument
        for inner in _parts(name, argument):
            yield from _nodes(inner)


def _parts(name: str, argument: Any) -> Sequence[Any]:
    """Return the sequences that a node holds."""
    if name == "SUBPATTERN":
        return [argument[3]]
    if name in _REPEATS or name == "POSSESSIVE_REPEAT":
        return [argument[2]]
    if name == "BRANCH":
        return list(argument[1])
    return [argument] if name == "ATOMIC_GROUP" else []


def _may_explode(tree: Any) -> bool:
    if _longest_run(tree) > _MOST_IN_A_ROW:
        return True
    for name, argument in _nodes(tree):
        if name in _REPEATS and _is_many(argument) and _is_ambiguous(argument[2]):
            return True
    return False


def _longest_run(body: Any) -> int:
    """Return how many repeats follow each other that share characters, as in a*a*a*.

    A text is divided among them in as many ways as a power of its length has.
    """
    longest = run = 0
    shared: Characters = frozenset()
    for operation, argument in _in_line(body):
        characters = _characters([(operation, argument)])
        is_repeat = str(operation) in _REPEATS and argument[0] != argument[1]
        if characters.isdisjoint(shared) and str(operation) not in ("AT", "BRANCH"):
            run, shared = 0, frozenset()
        if is_repeat:
            run, shared = run + 1, shared | characters
        longest = max(longest, run)
    return longest


def _in_line(body: Any) -> Iterator[Any]:
    """Yield the nodes of a sequence, those of its groups among them."""
    for operation, argument in body:
        if str(operation) == "SUBPATTERN":
            yield from _in_line(argument[3])
        else:
            yield operation, argument


def _is_many(argument: Any) -> bool:
    """Tell whether a repeat allows so many times that twice as many ways each are too many."""
    return bool(argument[1] > 10)


def _is_ambiguous(body: Any) -> bool:
    """Tell whether repetitions of a sequence may match one text in several ways.

    They do not where every repetition holds a character that none of its own inner repeats
    matches, and no two branches begin alike.
    """
    inner: list[Characters] = []
    for name, argument in _nodes(body):
        if name in _REPEATS and argument[0] != argument[1]:
            inner.append(_characters(argument[2]))
        if name == "BRANCH" and _overlap([_first(each) for each in argument[1]]):
            return True
    if not inner:
        return _is_optional(body)
    anywhere = frozenset().union(*inner)
    return not any(_characters([node]).isdisjoint(anywhere) for node in _mandatory(body))


def _mandatory(body: Any) -> Iterator[Any]:
    """Yield the nodes of one character each that a sequence cannot do without."""
    for operation, argument in body:
        name = str(operation)
        if name == "SUBPATTERN":
            yield from _mandatory(argument[3])
        elif name in _REPEATS:
            if argument[0] > 0 and argument[0] == argument[1]:
                yield from _mandatory(argument[2])
        elif name not in ("BRANCH", "AT"):
            yield operation, argument


def _is_optional(body: Any) -> bool:
    """Tell whether a sequence may match the empty text."""
    for operation, argument in body:
        name = str(operation)
        if name == "BRANCH":
            if not any(map(_is_optional, argument[1])):
                return False
        elif name in _REPEATS:
            if argument[0] > 0 and not _is_optional(argument[2]):
                return False
        elif name == "SUBPATTERN":
            if not _is_optional(argument[3]):
                return False
        elif name != "AT":
            return False
    return True


def _overlap(sets: Sequence[Characters]) -> bool:
    return sum(map(len, sets)) > len(frozenset().union(*sets))


def _first(body: Any) -> Characters:
    """Return the characters with which a sequence may begin; all if it may be empty."""
    found: Characters = frozenset()
    for operation, argument in body:
        name = str(operation)
        parts = _parts(name, argument)
        if name == "AT":
            continue
        if not parts:
            return found | _characters([(operation, argument)])
        found = found.union(*map(_first, parts))
        if not _is_optional([(operation, argument)]):
            return found
    return _ALL


def _characters(body: Any) -> Characters:
    """Return the characters that occur in what a sequence matches."""
    found: set[int] = set()
    for operation, argument in body:
        name = str(operation)
        parts = _parts(name, argument)
        if parts:
            found.update(*map(_characters, parts))
        elif name == "LITERAL":
            found.update({argument} if argument in _ALL else _ALL)
        elif name == "NOT_LITERAL":
            found.update(_ALL - {argument})
        elif name == "IN":
            found |= _of_class(argument)
        elif name != "AT":
            found |= _ALL
    return frozenset(found)


def _of_class(entries: Any) -> Characters:
    found: set[int] = set()
    is_negated = is_beyond = False
    for operation, argument in entries:
        name = str(operation)
        if name == "NEGATE":
            is_negated = True
        elif name in ("LITERAL", "RANGE"):
            low, high = (argument, argument) if name == "LITERAL" else argument
            found.update(each for each in _TRIED if low <= each <= high)
            is_beyond = is_beyond or high > _TRIED[255]
        else:
            escape = _ESCAPES[str(argument)]
            found.update(each for each in _TRIED if re.match(escape, chr(each)))
    if is_negated:
        return _ALL - found
    return _ALL if is_beyond else frozenset(found)


_ESCAPES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
