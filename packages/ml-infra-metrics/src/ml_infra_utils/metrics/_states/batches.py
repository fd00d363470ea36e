"""What meters have in common: each thread keeps its batches, and adds them up now and then."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, TypeVar

from ml_infra_utils.metrics._limits import BATCHES_KEPT
from ml_infra_utils.metrics._showing.names import shown
from ml_infra_utils.metrics._states.state import State
from ml_infra_utils.metrics._words import described

AnyState = TypeVar("AnyState", bound=State)

if TYPE_CHECKING:
    AnyMeter = TypeVar("AnyMeter", bound="Meter[Any]")


class Meter(Generic[AnyState]):
    """Adds up the states of batches.

    Any number of threads may update a meter, and so may finalizers and signal handlers: nothing
    waits for a lock.
    """

    __slots__ = ("_batches", "_empty")

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # it changes, and compares by value
    _batches: dict[int, Batches]  # by thread
    _empty: AnyState  # the state of no examples, with what was declared

    def __init__(self, empty: AnyState) -> None:
        self._empty = empty
        self.reset()

    def compute(self) -> AnyState:
        """Return what was counted so far: a state, of which every score is a method."""
        batches = self._batches
        if get_ident() in batches:
            batches[get_ident()].add_up()
        parts = [part for each in list(batches.values()) for part in list(each.parts)]
        return self._whole(parts)

    def reset(self) -> None:
        """Forget what was counted."""
        self._batches = {}

    def merge(self: AnyMeter, other: AnyMeter | AnyState) -> AnyMeter:
        """Return a new meter that goes on from what both have counted, as ``+`` and ``sum`` do.

        Raises
        ------
        ValueError
            If what the two count does not fit together, such as other classes or bins.
        TypeError
            If it is neither such a meter nor its state.
        """
        if not isinstance(other, (type(self), type(self._empty))):
            raise TypeError(
                f"other must be a {type(self).__name__} or a {type(self._empty).__name__}, "
                f"got {described(other)}"
            )
        return self + other

    def _keep(self, part: Any) -> None:
        """Count a batch, by the state of it or in a form that is quicker to add up."""
        batches = self._batches.get(get_ident())
        if batches is None:
            batches = Batches(self._summed, self._size_of)
            batches = self._batches.setdefault(get_ident(), batches)
        batches.append(part)

    def _whole(self, parts: list[Any]) -> AnyState:
        """Return the sum of parts."""
        return sum(parts, self._empty)

    def _summed(self, parts: list[Any]) -> list[Any]:
        """Return one part, or few, with the sum of all."""
        return [sum(parts[1:], parts[0])]

    def _size_of(self, _: Any) -> int:
        """Return about how long it takes to add a part up, in any unit."""
        return 1

    def _going_on_from(self: AnyMeter, state: Any, _: AnyMeter | AnyState) -> AnyMeter:
        """Return a meter like this one that has counted a state, with what the other declares."""
        meter = type(self).__new__(type(self))
        meter.__setstate__((*self.__getstate__()[:-1], state))
        return meter

    def __getstate__(self) -> tuple[Any, ...]:
        return self._empty, self.compute()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._empty, whole = state
        self.reset()
        self._keep(whole)

    def __add__(self: AnyMeter, other: object) -> AnyMeter:
        if isinstance(other, type(self)):
            return self._going_on_from(self.compute() + other.compute(), other)
        if isinstance(other, type(self._empty)):
            return self._going_on_from(self.compute() + other, other)
        return NotImplemented

    def __radd__(self: AnyMeter, other: object) -> AnyMeter:
        if isinstance(other, int) and other == 0:  # sum's start
            return self._going_on_from(self.compute(), self)
        return NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._held(self.compute())}>"

    def _held(self, state: AnyState) -> str:
        """Return in words what was counted."""
        return f"total {shown(state._support)}"


class Batches:
    """Parts of a sum: one thread appends and adds up, all others read.

    Each change is one step for a reader, so no lock is needed. Parts are added up when there are
    many, and all that came since are as large as the sum: so a batch costs the same at any time.
    """

    __slots__ = ("_is_adding", "_pending", "_size_of", "_sum", "_summed", "_summed_size", "parts")

    def __init__(
        self, summed: Callable[[list[Any]], list[Any]], size_of: Callable[[Any], int]
    ) -> None:
        self.parts: list[Any] = []
        self._sum = summed
        self._size_of = size_of
        self._is_adding = False
        self._pending = self._summed = self._summed_size = 0

    def append(self, part: Any) -> None:
        """Keep one more part."""
        self.parts.append(part)
        self._pending += self._size_of(part)
        if len(self.parts) - self._summed >= BATCHES_KEPT and self._pending >= self._summed_size:
            self.add_up()

    def add_up(self) -> None:
        """Put the sum of all parts in their place."""
        if self._is_adding:  # in a finalizer or a signal handler that interrupts the sum
            return
        self._is_adding = True
        try:
            parts = list(self.parts)
            if len(parts) > max(self._summed, 1):
                summed = self._sum(parts)
                self.parts[: len(parts)] = summed
                self._summed = len(summed)
                self._summed_size = sum(map(self._size_of, summed))
                self._pending = sum(map(self._size_of, self.parts[self._summed :]))
        finally:
            self._is_adding = False
