"""What a contract asks of a value: each rule for a value of Python and for a column of narwhals.

A missing value breaks none of these rules; that it is missing is a rule of its own.
"""

from __future__ import annotations

import datetime
import decimal
import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from ml_infra_utils.preprocessing._patterns import compiled
from ml_infra_utils.preprocessing._predicates import Missing, Outside, integer_limits
from ml_infra_utils.preprocessing._values import (
    is_missing,
    is_within,
    python_number,
    told_limits,
)
from ml_infra_utils.preprocessing._words import MOST_CHARACTERS, shortened

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Union

    import narwhals as nw

NUMBERS = ("integer", "float", "decimal")
DATES = ("date", "datetime")
KINDS: dict[str, Collection[str]] = {
    "integer": ("integer",),
    "float": ("float",),
    "number": NUMBERS,
    "text": ("text",),
    "bool": ("bool",),
    "date": ("date",),
    "datetime": ("datetime",),
    "duration": ("duration",),
    "time": ("time",),
    "binary": ("binary",),
}
"""The words for types that a contract knows, and the kinds of values that each of them takes."""

OPERATORS = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
MONOTONIC = {  # the comparison with the value before that breaks each
    "increasing": operator.lt,
    "strictly increasing": operator.le,
    "decreasing": operator.gt,
    "strictly decreasing": operator.ge,
}
# A datetime is a date too, and a bool an integer.
_PYTHON_KINDS = (
    (bool, "bool"),
    (int, "integer"),
    (float, "float"),
    (str, "text"),
    (decimal.Decimal, "decimal"),
    (datetime.datetime, "datetime"),
    (datetime.date, "date"),
    (datetime.timedelta, "duration"),
    (datetime.time, "time"),
    (bytes, "binary"),
)
_NARWHALS_KINDS = {
    "Boolean": "bool",
    "String": "text",
    "Categorical": "text",
    "Enum": "text",
    "Datetime": "datetime",
    "Date": "date",
    "Duration": "duration",
    "Time": "time",
    "Binary": "binary",
    "Decimal": "decimal",
}


class Kind(NamedTuple):
    """What a column of a frame holds: in a word, "" if it has none, and as a type of narwhals."""

    word: str
    dtype: Any


def kind_of_value(value: Any) -> str:
    """Return in a word what a value is; nothing if there is none for it."""
    value = python_number(value)
    return next((word for kind, word in _PYTHON_KINDS if isinstance(value, kind)), "")


def kind_of_dtype(dtype: Any) -> str:
    """Return in a word what a type of narwhals holds; nothing if there is none for it."""
    if dtype.is_integer():
        return "integer"
    return "float" if dtype.is_float() else _NARWHALS_KINDS.get(type(dtype).__name__, "")


class OfType:
    """A value is of a type."""

    def __init__(self, dtype: str) -> None:
        self.kinds = KINDS[dtype]
        self.told = dtype

    def breaks(self, value: Any) -> bool:
        """Tell whether a value breaks the rule."""
        return kind_of_value(value) not in self.kinds

    def kept(self, column: nw.Expr, kind: Kind) -> nw.Expr | bool:  # noqa: ARG002  # the other rules ask the column
        """Return where a value that is there keeps the rule, or whether all do."""
        return kind.word in self.kinds


class Within:
    """A number lies in a range."""

    def __init__(self, low: Any, high: Any, closed: str) -> None:
        least, most = (-math.inf if low is None else low), (math.inf if high is None else high)
        self.outside = Outside(least, most, are_missing=False, closed=closed)
        self.told = told_range(low, high, closed)

    def breaks(self, value: Any) -> bool:
        value = python_number(value)
        return kind_of_value(value) not in NUMBERS or not self.outside.holds(value)

    def kept(self, column: nw.Expr, kind: Kind) -> nw.Expr | bool:
        return kind.word in NUMBERS and self.outside.within(column, kind.dtype)


class WithinDates:
    """A date, or a date and time, lies in a range. The bound of a date is the whole day."""

    def __init__(self, low: Any, high: Any, closed: str) -> None:
        bound = high if low is None else low
        self.is_of_days = not isinstance(bound, datetime.datetime)
        self.is_aware = not self.is_of_days and bound.tzinfo is not None
        self.low, self.high = (_in_utc(each) if self.is_aware else each for each in (low, high))
        self.is_above, self.is_below = closed in ("right", "neither"), closed in ("left", "neither")
        self.told = told_range(low, high, closed)

    def breaks(self, value: Any) -> bool:
        kind = kind_of_value(value)
        if kind not in DATES:
            return True
        if self.is_of_days:
            value = value.date() if kind == "datetime" else value
        else:
            value = value if kind == "datetime" else _midnight(value)
            if (value.tzinfo is not None) != self.is_aware:
                return True
            value = _in_utc(value) if self.is_aware else value
        return not self._holds(value, self.low, self.high, self.is_above, self.is_below)

    def kept(self, column: nw.Expr, kind: Kind) -> nw.Expr | bool:
        zone = getattr(kind.dtype, "time_zone", None)
        if kind.word not in DATES or (not self.is_of_days and (zone is not None) != self.is_aware):
            return False
        low, high, is_above, is_below = self.low, self.high, self.is_above, self.is_below
        if kind.word == "datetime" and self.is_of_days:  # as the days are on the clocks there
            column = column if zone is None else column.dt.replace_time_zone(None)
            day = datetime.timedelta(days=1)
            low = low if low is None else _midnight(low) + day * is_above
            high = high if high is None else _midnight(high) + day * (not is_below)
            is_above, is_below = False, True
        elif self.is_aware:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        elif kind.word == "date" and not self.is_of_days:
            import narwhals as nw

            column = column.cast(nw.Datetime("us"))
        keeps: nw.Expr = self._holds(column, low, high, is_above, is_below)
        return keeps

    @staticmethod
    def _holds(value: Any, low: Any, high: Any, is_above: bool, is_below: bool) -> Any:
        lower = None if low is None else (value > low if is_above else value >= low)
        upper = None if high is None else (value < high if is_below else value <= high)
        if lower is None or upper is None:
            return lower if upper is None else upper
        return lower & upper


class Listed:
    """A value is one of some: texts, numbers and bools, of which True is not 1."""

    def __init__(self, values: Collection[Any]) -> None:
        self.values = values
        self._known = {(_family(value), value) for value in values}
        self.told = _told_values(values)

    def breaks(self, value: Any) -> bool:
        value = python_number(value)
        family = _family(value)
        return not family or (family, value) not in self._known

    def kept(self, column: nw.Expr, kind: Kind) -> nw.Expr | bool:
        family = "number" if kind.word in NUMBERS else kind.word
        values = [value for value in self.values if _family(value) == family]
        if kind.word == "integer":
            least, most = integer_limits(kind.dtype)
            values = [int(v) for v in values if v == int(v) and least <= v <= most]
        if not values:
            return False
        if kind.word in ("float", "decimal"):
            import narwhals as nw

            column, values = column.cast(nw.Float64), list(map(float, values))
        return as_text(column, kind).is_in(values)


class Matching:
    """A whole text matches a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = compiled(pattern)
        self.told = shortened(pattern)

    def breaks(self, value: Any) -> bool:
        return kind_of_value(value) != "text" or not self.pattern.fullmatch(value)

    def kept(self, column: nw.Expr, kind: Kind) -> nw.Expr | bool:
        if kind.word != "text":
            return False
        column = as_text(column, kind)
        return column.str.contains(f"^(?:{self.pattern.pattern})$")


class OfLength:
    """A text has so many characters."""

    def __init__(self, least: int | None, most: int | None) -> None:
        self.least, self.most = least, most
        self.told = told_limits(least, most)

    def breaks(self, value: Any) -> bool:
        if kind_of_value(value) != "text":
            return True
        return not is_within(len(value), self.least, self.most)

    def kept(self, column: nw.Expr, kind: Kind) -> nw.Expr | bool:
        if kind.word != "text":
            return False
        length = as_text(column, kind).str.len_chars()
        if self.least is None or self.most is None:
            return length >= self.least if self.most is None else length <= self.most
        return length.is_between(self.least, self.most)


class Present:
    """A value is not missing."""

    told = "not missing"
    missing = Missing()

    def breaks(self, value: Any) -> bool:
        return is_missing(value)


class Different:
    """No value, and no row of a key, is met twice; those that are missing are left out."""

    told = "unique"


class InOrder:
    """A value follows the one before that is there."""

    def __init__(self, order: str) -> None:
        self.breaks_after = MONOTONIC[order]
        self.told = order


class Compared:
    """A value of one column stands to that of another as it must; missing ones are left out."""

    def __init__(self, left: str, sign: str, right: str) -> None:
        self.left, self.right, self.holds = left, right, OPERATORS[sign]
        self.told = f"{left} {sign} {right}"

    def breaks(self, left: Any, right: Any) -> bool:
        """Tell whether two values that are there break the rule."""
        if not are_comparable(kind_of_value(left), kind_of_value(right)):
            return True
        try:
            return not self.holds(left, right)
        except TypeError:  # one of them has a time zone
            return True


def are_comparable(one: str, other: str) -> bool:
    """Tell whether values of two kinds can be compared in every library."""
    return bool(one) and (one == other or (one in NUMBERS and other in NUMBERS))


def as_text(column: nw.Expr, kind: Kind) -> nw.Expr:
    """Return a column of texts as one without categories."""
    if type(kind.dtype).__name__ not in ("Categorical", "Enum"):
        return column
    import narwhals as nw

    return column.cast(nw.String)


def told_range(low: Any, high: Any, closed: str) -> str:
    """Return a range as mathematics writes it."""
    left = "[" if closed in ("both", "left") and low is not None else "("
    right = "]" if closed in ("both", "right") and high is not None else ")"
    return f"{left}{'-inf' if low is None else low}, {'inf' if high is None else high}{right}"


def _told_values(values: Collection[Any]) -> str:
    text = ", ".join(shortened(value, 20) for value in values)
    return text if len(text) <= MOST_CHARACTERS else f"one of {len(values):,} values"


def _family(value: Any) -> str:
    kind = kind_of_value(value)
    return "number" if kind in NUMBERS else kind if kind in ("text", "bool") else ""


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day)  # of whatever clock


def _in_utc(time: Any) -> Any:
    """Return a time that has a zone without it, as clocks of UTC show it."""
    return None if time is None else time.astimezone(datetime.timezone.utc).replace(tzinfo=None)


if TYPE_CHECKING:
    OfValues = Union[OfType, Within, WithinDates, Listed, Matching, OfLength]
    Check = Union[OfValues, Present, Different, InOrder, Compared]


class Rule(NamedTuple):
    """A rule of a contract: of a column, or of rows if `column` is None."""

    column: Any
    name: str
    check: Check
    mostly: float = 1.0
    key: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The rule in words."""
        return self.check.told
