"""What a contract says of one column, and how a document has it."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._rules import (
    DATES,
    KINDS,
    MONOTONIC,
    NUMBERS,
    Different,
    InOrder,
    Listed,
    Matching,
    OfLength,
    OfType,
    Present,
    Rule,
    Within,
    WithinDates,
    kind_of_value,
)
from ml_infra_utils.preprocessing._values import is_missing, is_within, python_number
from ml_infra_utils.preprocessing._words import described, listed, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Literal, Optional, Tuple, TypeVar, Union

    Kind = TypeVar("Kind", bound=Any)
    Bound = Union[int, float, datetime.date, None]
    Range = Tuple[Bound, Bound]
    Limits = Tuple[Optional[int], Optional[int]]
    Closed = Literal["both", "left", "right", "neither"]
    Order = Literal["increasing", "strictly increasing", "decreasing", "strictly decreasing"]

__all__ = ["Column"]

CLOSED = ("both", "left", "right", "neither")


def with_known_rules(kind: Kind) -> Kind:
    """Let a dataclass of rules name the nearest one, if it is made with a rule that it has not."""
    made: Any = kind.__init__
    known = [each.name for each in fields(kind)]

    @wraps(made)
    def checked(self: Any, *rules: Any, **named: Any) -> None:
        for rule in named:
            if rule not in known:
                raise TypeError(_unknown(kind.__name__, rule, known))
        made(self, *rules, **named)

    kind.__init__ = checked
    return kind


@with_known_rules
@dataclass(frozen=True)
class Column:
    """What a contract says of a column. What is not said is allowed.

    A missing value breaks `nullable=False` only. A value of a type that a rule cannot be asked of,
    such as text in a range of numbers, breaks the rule.

    Parameters
    ----------
    dtype : str, optional
        "integer", "float", "number" (both, and decimals), "text", "bool", "date", "datetime",
        "duration", "time" or "binary".
    nullable : bool, default True
        Whether values may be missing: None, NaN or null.
    range : tuple of two numbers or of two dates, optional
        Ends of which None is none. The end of a date is the whole day; dates and times with a time
        zone need ends with one.
    closed : {"both", "left", "right", "neither"}, default "both"
        Which ends belong to the range.
    values : sequence of str, numbers or bools, optional
        All that are allowed.
    pattern : str, optional
        A regular expression that the whole text matches. It is matched by RE2 in DuckDB and
        PyArrow, by Rust's engine in Polars, and by `re` elsewhere; what one of them does not know,
        and what could take exponential time in the last, is refused.
    length : int or tuple of two ints, optional
        How many characters a text has, or at least and at most; None is no end.
    unique : bool, default False
        Whether each value is met once.
    monotonic : str, optional
        "increasing", "decreasing", "strictly increasing" or "strictly decreasing": how each value
        stands to the one before.
    mostly : float, default 1.0
        The share of values that must keep each rule of the column.
    required : bool, default True
        Whether the data must have the column.

    Examples
    --------
    >>> Column("integer", nullable=False, range=(0, 130))
    Column('integer', nullable=False, range=(0, 130))
    """

    dtype: str | None = None
    nullable: bool = True
    range: Range | None = None
    closed: Closed = "both"
    values: tuple[Any, ...] | None = None
    pattern: str | None = None
    length: Limits | None = None
    unique: bool = False
    monotonic: Order | None = None
    mostly: float = 1.0
    required: bool = True

    def __post_init__(self) -> None:
        own = vars(self)  # since it is frozen
        for name in ("nullable", "unique", "required"):
            if not isinstance(own[name], bool):
                raise TypeError(f"{name} must be True or False, got {described(own[name])}")
        _check_choice("dtype", self.dtype, KINDS)
        _check_choice("closed", self.closed, CLOSED)
        _check_choice("monotonic", self.monotonic, MONOTONIC)
        own["mostly"] = checked_share(self.mostly)
        own["range"] = _checked_range(self.range, self.closed)
        own["length"] = checked_limits("length", self.length)
        own["values"] = _checked_values(self.values)
        if self.pattern is not None:
            if not isinstance(self.pattern, str):
                raise TypeError(f"pattern must be a text, got {described(self.pattern)}")
            Matching(self.pattern)
        self._check_that_something_is_allowed()

    def __repr__(self) -> str:
        told = [repr(self.dtype)] if self.dtype else []
        told += [f"{name}={value!r}" for name, value in self._said() if name != "dtype"]
        text = f"Column({', '.join(told)})"
        return text if len(text) <= 200 else f"{text[:199]}…"

    def rules(self, name: str) -> Iterator[Rule]:
        """Yield the rules of the column with this name, but for the one that it is there."""
        for rule, check in self._checks():
            yield Rule(name, rule, check, self.mostly)

    def _checks(self) -> Iterator[tuple[str, Any]]:
        if self.dtype is not None:
            yield "dtype", OfType(self.dtype)
        if not self.nullable:
            yield "nullable", Present()
        if self.range is not None:
            yield "range", _within(self.range, self.closed)
        if self.values is not None:
            yield "values", Listed(self.values)
        if self.pattern is not None:
            yield "pattern", Matching(self.pattern)
        if self.length is not None:
            yield "length", OfLength(*self.length)
        if self.unique:
            yield "unique", Different()
        if self.monotonic is not None:
            yield "monotonic", InOrder(self.monotonic)

    def _said(self) -> Iterator[tuple[str, Any]]:
        """Yield what differs from what is allowed by default."""
        for each in fields(self):
            value = getattr(self, each.name)
            if value != each.default:
                yield each.name, value

    def _check_that_something_is_allowed(self) -> None:
        """Refuse rules that contradict each other."""
        allowed = set(KINDS[self.dtype]) if self.dtype else None
        for name, kinds in (
            ("range", _kinds_of_range(self.range)),
            ("pattern", {"text"} if self.pattern is not None else None),
            ("length", {"text"} if self.length is not None else None),
        ):
            if kinds is None:
                continue
            if allowed is not None and not allowed & kinds:
                what = f"dtype {self.dtype!r}" if self.dtype else "the other rules"
                raise ValueError(
                    f"{name} must be a rule of what {what} allows, got one of "
                    f"{listed(sorted(kinds))}"
                )
            allowed = kinds if allowed is None else allowed & kinds
        if allowed == {"integer"} and self.range is not None:
            low, high = (_within(self.range, self.closed).outside)._integers(-(2**63), 2**64)
            if low > high:
                raise ValueError(f"range must hold an integer, got {self.range!r}")
        for value in self.values or ():
            for name, check in self._checks():
                if hasattr(check, "breaks") and check.breaks(value):
                    raise ValueError(
                        f"values must keep the other rules, got {described(value)}, which breaks "
                        f"{name} {check.told}"
                    )

    def to_document(self) -> dict[str, Any]:
        """Return what is said as plain JSON."""
        document = dict(self._said())
        for name in ("range", "values", "length"):
            if name in document:
                document[name] = [_as_json(value) for value in document[name]]
        return document


def column_from(name: str, said: Any) -> Column:
    """Return a column as a mapping says it; the name is told in errors.

    Raises
    ------
    TypeError
        If it is neither a column nor a mapping.
    ValueError
        If a rule is unknown, or wrong.
    """
    place = _path(name)
    if isinstance(said, Column):
        return said
    if not hasattr(said, "items"):
        raise TypeError(f"{place} must be a Column or a mapping of rules, got {described(said)}")
    known = [each.name for each in fields(Column)]
    for rule in said:
        if rule not in known:
            raise ValueError(_unknown(place, rule, known))
    try:
        return Column(**said)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{place}.{error}") from None


def _unknown(place: str, rule: Any, known: Sequence[str]) -> str:
    told = f"{shortened(rule)}{nearest(rule, known)}"
    return f"{place} must have no rules but {listed(known)}, got {told}"


def _path(name: str) -> str:
    return _documents.told(("columns", name))


def column_from_document(name: str, document: Mapping[str, Any]) -> Column:
    """Return the column that `Column.to_document` wrote.

    Raises
    ------
    ValueError
        If rules contradict each other, or are none.
    """
    said = dict(document)
    try:
        if said.get("range") is not None:
            said["range"] = [_from_json(each) for each in said["range"]]
    except ValueError as error:
        raise ValueError(f"{_path(name)}.{error}") from None
    try:
        return column_from(name, said)
    except TypeError as error:
        raise ValueError(str(error)) from None


def checked_share(mostly: Any) -> float:
    """Return a share above 0 and at most 1.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    mostly = python_number(mostly)
    if isinstance(mostly, bool) or not isinstance(mostly, (int, float)):
        raise TypeError(f"mostly must be a number above 0 and at most 1, got {described(mostly)}")
    if not 0 < mostly <= 1:
        raise ValueError(f"mostly must be above 0 and at most 1, got {described(mostly)}")
    return float(mostly)


def checked_limits(name: str, limits: Any) -> Limits | None:
    """Return two integers, or None for no end, from them or from one that is both.

    Raises
    ------
    TypeError, ValueError
        If they are none, or out of order.
    """
    if limits is None:
        return None
    if isinstance(limits, int) and not isinstance(limits, bool):
        limits = (limits, limits)
    least, most = _pair(name, limits, "integers")
    for each in (least, most):
        if each is not None and (not isinstance(each, int) or isinstance(each, bool)):
            raise TypeError(f"{name} must be two integers or None, got {described(each)}")
        if each is not None and each < 0:
            raise ValueError(f"{name} must be at least 0, got {each}")
    if least is not None and not is_within(least, None, most):
        raise ValueError(f"{name} must be in order, got {least} and {most}")
    return least, most


def _checked_range(ends: Any, closed: str) -> Range | None:
    if ends is None:
        return None
    low, high = (_end(each) for each in _pair("range", ends, "numbers or dates"))
    bounds = [each for each in (low, high) if each is not None]
    if not bounds:
        return None
    kinds = {"number" if kind_of_value(each) in NUMBERS else kind_of_value(each) for each in bounds}
    zones = {getattr(each, "tzinfo", None) is not None for each in bounds}
    if len(kinds) > 1 or len(zones) > 1 or not kinds <= {"number", *DATES}:
        raise TypeError(
            "range must be two numbers, two dates, or two times both with a time zone or both "
            f"without, got {described(low)} and {described(high)}"
        )
    if (
        low is not None
        and high is not None
        and not (low < high or (low == high and closed == "both"))
    ):
        told = "" if low > high else f", of which closed={closed!r} leaves nothing"
        raise ValueError(
            f"range must be in order, got {described(low)} and {described(high)}{told}"
        )
    return low, high


def _end(bound: Any) -> Any:
    bound = python_number(bound)
    if isinstance(bound, bool) or (bound is not None and is_missing(bound)):
        raise TypeError(f"range must be two numbers, dates or None, got {described(bound)}")
    return None if isinstance(bound, float) and math.isinf(bound) else bound


def _pair(name: str, pair: Any, what: str) -> Any:
    is_pair = isinstance(pair, (list, tuple)) and len(pair) == 2
    if not is_pair:
        raise TypeError(
            f"{name} must be two {what}, of which None is no end, got {described(pair)}"
        )
    return pair


def _checked_values(values: Any) -> tuple[Any, ...] | None:
    if values is None:
        return None
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(f"values must be a list of values, got {described(values)}")
    checked = tuple(python_number(value) for value in values)
    if not checked:
        raise ValueError("values must be at least one, got none")
    for value in checked:
        if kind_of_value(value) not in (*NUMBERS, "text", "bool") or is_missing(value):
            raise TypeError(f"values must be texts, numbers or bools, got {described(value)}")
    return checked


def _within(ends: Range, closed: str) -> Any:
    is_of_numbers = "number" in (_kinds_of_range(ends) or ())
    return (Within if is_of_numbers else WithinDates)(*ends, closed)


def _kinds_of_range(ends: Range | None) -> set[str] | None:
    if ends is None:
        return None
    bound = ends[1] if ends[0] is None else ends[0]
    return {*NUMBERS, "number"} if kind_of_value(bound) in NUMBERS else set(DATES)


def _check_choice(name: str, value: Any, known: Iterable[str]) -> None:
    if value is not None and value not in known:
        got = f"{described(value)}{nearest(value, known)}"
        raise ValueError(f"{name} must be one of {listed(known)}, got {got}")


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, str)) else float(value)


def _from_json(bound: Any) -> Any:
    """Return an end of a range: the text of a date, or of a date and time, as one."""
    if not isinstance(bound, str):
        return bound
    try:
        if len(bound) == len("2020-01-31"):
            return datetime.date.fromisoformat(bound)
        # Python 3.8 does not read the Z of UTC.
        return datetime.datetime.fromisoformat(bound.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"range must be dates of ISO 8601, got {shortened(bound)}") from None
