"""What differs between two contracts: what is tightened, and what is loosened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ml_infra_utils.preprocessing._rules import KINDS
from ml_infra_utils.preprocessing._state import Shown, in_line
from ml_infra_utils.preprocessing._words import counted, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_infra_utils.preprocessing.contract_column import Column

__all__ = ["ContractChanges", "RuleChange"]

TIGHTENED, LOOSENED, CHANGED = "tightened", "loosened", "changed"


class RuleChange(NamedTuple):
    """What became of one rule of a contract.

    Parameters
    ----------
    column : str or None
        The column, None for a rule of rows.
    rule : str
        The rule, such as "range".
    before, after : object
        What it said and says.
    change : {"tightened", "loosened", "changed"}
        "changed" where some data was allowed only before, and some only now.

    Examples
    --------
    >>> RuleChange("age", "range", (0, 130), (0, 99), "tightened").change
    'tightened'
    """

    column: str | None
    rule: str
    before: Any
    after: Any
    change: str


@dataclass(frozen=True)
class ContractChanges(Shown):
    """What differs between two contracts, as `Contract.diff` tells it; false if nothing.

    Parameters
    ----------
    changes : tuple of RuleChange
        One for each rule that differs.

    Examples
    --------
    >>> from ml_infra_utils.preprocessing import Contract
    >>> before, after = (Contract({"age": {"range": (0, top)}}) for top in (99, 130))
    >>> print(before.diff(after))
    1 rule loosened
    column  rule   before   after       change
    age     range  (0, 99)  (0, 130)  loosened
    """

    changes: tuple[RuleChange, ...] = ()

    _name_columns = 4

    @property
    def tightened(self) -> tuple[RuleChange, ...]:
        """The rules that forbid some data which was allowed."""
        return tuple(each for each in self.changes if each.change != LOOSENED)

    @property
    def loosened(self) -> tuple[RuleChange, ...]:
        """The rules that allow some data which was forbidden."""
        return tuple(each for each in self.changes if each.change != TIGHTENED)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __repr__(self) -> str:
        return in_line(f"ContractChanges({self._headline()})")

    def _headline(self) -> str:
        told = []
        for change in (TIGHTENED, LOOSENED, CHANGED):
            number = sum(each.change == change for each in self.changes)
            if number:
                told.append(f"{counted(number, 'rule')} {change}")
        return ", ".join(told) or "no changes"

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        return ["column", "rule", "before", "after", "change"], [
            [
                each.column or "",
                each.rule,
                _told(each.before),
                _told(each.after),
                each.change,
            ]
            for each in self.changes
        ]


def changes_of_columns(
    before: Mapping[str, Column], after: Mapping[str, Column], are_extra: tuple[bool, bool]
) -> list[RuleChange]:
    """Return what differs between the columns of two contracts, which may allow others."""
    found = []
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            found.append(_of_presence(name, old, new, are_extra))
            continue
        sides = (("range", "closed"),)
        for rule, tighter in _COMPARISONS.items():
            one, other = getattr(old, rule), getattr(new, rule)
            if (rule, "closed") in sides:
                one, other = (one, old.closed), (other, new.closed)
            if one == other or (rule == "range" and one[0] is other[0] is None):
                continue
            change = change_of(one, other, tighter)
            if rule == "range":
                one, other = _told_sides(*one), _told_sides(*other)
            found.append(RuleChange(name, rule, one, other, change))
    return found


def change_of(before: Any, after: Any, implies: Callable[[Any, Any], bool]) -> str:
    """Return what became of a rule, of which `implies` says that the first is as tight or more."""
    if implies(after, before):
        return TIGHTENED
    return LOOSENED if implies(before, after) else CHANGED


def limits_imply(one: Any, other: Any) -> bool:
    """Tell whether all that lies in the first limits lies in the second ones."""
    if other is None:
        return True
    if one is None:
        return False
    return (other[0] is None or (one[0] is not None and one[0] >= other[0])) and (
        other[1] is None or (one[1] is not None and one[1] <= other[1])
    )


def _ranges_imply(one: Any, other: Any) -> bool:
    (ends, closed), (other_ends, other_closed) = one, other
    if ends is None or other_ends is None:
        return other_ends is None
    try:
        if not limits_imply(ends, other_ends):
            return False
    except TypeError:  # numbers and dates
        return False
    for place, side in enumerate(("left", "right")):
        is_same = ends[place] == other_ends[place] and ends[place] is not None
        if is_same and closed in ("both", side) and other_closed not in ("both", side):
            return False
    return True


def _types_imply(one: Any, other: Any) -> bool:
    if other is None:
        return True
    return one is not None and set(KINDS[one]) <= set(KINDS[other])


def _values_imply(one: Any, other: Any) -> bool:
    if other is None:
        return True
    return one is not None and all(
        any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in other)
        for value in one
    )


def _given_implies(one: Any, other: Any) -> bool:
    return other is None or one == other


def _orders_imply(one: Any, other: Any) -> bool:
    return other is None or one in (other, f"strictly {other}")


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "required": lambda one, other: one >= other,
    "dtype": _types_imply,
    "nullable": lambda one, other: one <= other,
    "range": _ranges_imply,
    "values": _values_imply,
    "pattern": _given_implies,
    "length": limits_imply,
    "unique": lambda one, other: one >= other,
    "monotonic": _orders_imply,
    "mostly": lambda one, other: one >= other,
}


def _of_presence(
    name: str, old: Column | None, new: Column | None, are_extra: tuple[bool, bool]
) -> RuleChange:
    """Return what it means that a contract names a column, and the other does not."""
    known, is_other_allowed = (new, are_extra[0]) if old is None else (old, are_extra[1])
    # To name a column tightens, but where others were forbidden it allows this one.
    named = TIGHTENED if is_other_allowed else CHANGED if known and known.required else LOOSENED
    turned = {TIGHTENED: LOOSENED, LOOSENED: TIGHTENED, CHANGED: CHANGED}
    return RuleChange(name, "column", old, new, named if old is None else turned[named])


def _told_sides(ends: Any, closed: str) -> Any:
    return ends if closed == "both" or ends is None else f"{ends} closed={closed}"


def _told(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else shortened(value, 40)
