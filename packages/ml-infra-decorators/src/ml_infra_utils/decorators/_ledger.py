"""Entries that may come at any moment, and the state that they make: nobody waits for a lock."""

from __future__ import annotations

from _weakref import ref  # as weakref has it, which takes longer to import than all of this
from os import getpid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    Apply = Callable[[Any, Sequence[Any]], Any]


class Ledger:
    """A state, and the entries that came since; `apply` gives a state with entries added.

    Whoever adds an entry may have interrupted anything: the thread that is adding another
    one, as a signal handler or a destructor does, or another thread, which a forked child never
    sees again. A lock that is held then may be held for ever. So there is no lock. State and
    entries are one list, and whatever changes or reads it is one step of the interpreter: an
    entry is appended; a reader copies the list and adds the entries up for itself; and when
    there are many, one of those who see it replaces them and the state by a new state.
    To take the state out is an entry too: what came before it is taken, what comes after it stays.
    """

    __slots__ = ("_apply", "_empty", "_log", "_most")

    def __init__(self, state: Any, apply: Apply, most: int, empty: Any = None) -> None:
        self._apply = apply
        self._empty = empty  # what is left when the state was taken out
        self._log: list[Any] = [_Base(state)]
        self._most = most  # entries, before they become a part of the state

    def add(self, *entry: Any) -> None:
        """Append an entry, of at least one value."""
        self._log.append(entry)
        if len(self._log) > self._most:
            self._fold()

    def state(self) -> Any:
        """Return the state with all entries added."""
        return self._state_of(self._log[:])

    def take(self) -> Any:
        """Return the state with all entries added, which leaves it empty."""
        taking = _Taking()
        self._log.append(taking)
        self._fold()
        self.state()  # if another one was folding
        return taking.state

    def _state_of(self, log: list[Any]) -> Any:
        base, *entries = log
        state = base.state
        while _Taking in map(type, entries):
            place = next(place for place, each in enumerate(entries) if type(each) is _Taking)
            # Whoever adds these up comes to the same.
            entries[place].state = self._apply(state, entries[:place])
            state, entries = self._empty, entries[place + 1 :]
        return self._apply(state, entries)

    def _fold(self) -> None:
        base, me = self._log[0], _Claimant()
        if base.is_claimed_by(me):
            log = self._log[:]
            if log[0] is base:  # else it was replaced before the claim
                self._log[: len(log)] = [_Base(self._state_of(log))]


class _Taking:
    """A wish to take the state out. What came before it is what is taken."""

    __slots__ = ("state",)

    state: Any


class _Claimant:
    """Lives as long as the call that replaces a state, even if an error ends that call."""

    __slots__ = ("__weakref__",)


class _Base:
    """A state that entries are added to, and who has claimed to replace it."""

    __slots__ = ("_claims", "state")

    def __init__(self, state: Any) -> None:
        self._claims: dict[tuple[int, int], ref[_Claimant]] = {}
        self.state = state

    def is_claimed_by(self, claimant: _Claimant) -> bool:
        """Claim to replace the state, and tell whether that is granted: to one at a time."""
        # By process: a forked child may lack the thread that made a claim.
        process, number, claim = getpid(), 0, ref(claimant)
        while True:
            granted = self._claims.setdefault((process, number), claim)
            if granted is claim:
                return True
            if granted() is not None:
                return False
            number += 1  # an error has ended the call that made this claim
