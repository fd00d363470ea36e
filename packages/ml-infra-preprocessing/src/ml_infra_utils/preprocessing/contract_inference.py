"""The columns of a contract that the summary of a good sample keeps."""

from __future__ import annotations

import datetime
import math
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.ruled import table_of
from ml_infra_utils.preprocessing._containers.ruled_lists import Listed
from ml_infra_utils.preprocessing._distributions import Texts, texts_of
from ml_infra_utils.preprocessing._limits import EXACT_INTEGER, LONGEST_TEXT
from ml_infra_utils.preprocessing._rules import DATES, NUMBERS, kind_of_value
from ml_infra_utils.preprocessing._times import DATE, MICROSECOND, Times, times_of
from ml_infra_utils.preprocessing._values import is_missing, python_number
from ml_infra_utils.preprocessing._words import described, shortened
from ml_infra_utils.preprocessing.column_summary import ColumnSummary
from ml_infra_utils.preprocessing.contract_column import Column
from ml_infra_utils.preprocessing.summary import Summary, summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of more different texts than these, a sample does not show all.
_MOST_VALUES = 20
# A value that is met so often is no chance find.
_FEWEST_ROWS = 5

ALWAYS = (
    "rules that a summary does not show: unique, monotonic, pattern, key, and one column against "
    "another"
)


def checked_slack(slack: Any) -> float:
    """Return by which share of its width a range is widened.

    Raises
    ------
    TypeError, ValueError
        If it is negative or no number.
    """
    slack = python_number(slack)
    if isinstance(slack, bool) or not isinstance(slack, (int, float)):
        raise TypeError(f"slack must be a number of at least 0, got {described(slack)}")
    if not 0 <= slack < math.inf:
        raise ValueError(f"slack must be at least 0, got {described(slack)}")
    return float(slack)


def inferred(summary: Summary, slack: float) -> tuple[dict[str, Column], list[str]]:
    """Return columns that the data of a summary satisfies, and what it could not say.

    Raises
    ------
    ValueError
        If a column has no text as its name.
    """
    columns, notes = {}, []
    for each in summary:
        if not isinstance(each.name, str):
            raise ValueError(
                f"data must have texts as names of columns, got {described(each.name)}"
            )
        column, unknown = _column(each, slack)
        columns[each.name] = column
        notes += [f"{shortened(each.name)}: {what}" for what in unknown]
    return columns, [*notes, ALWAYS]


def _column(each: ColumnSummary, slack: float) -> tuple[Column, list[str]]:
    nullable = each.missing > 0
    if not each.count:
        return Column(nullable=nullable), ["no values, so any are allowed"]
    if each.min is not None:
        return _of_numbers(each, slack)
    if isinstance(each.distribution, Texts):
        return _of_texts(each, each.distribution, slack)
    if isinstance(each.distribution, Times):
        return _of_times(each, each.distribution, slack)
    dtype = _dtype(each.type)
    what = "no summary says how they are spread" if dtype else f"the type {each.type} has no rule"
    return Column(dtype, nullable=nullable), [f"values are not bounded, since {what}"]


def _of_numbers(each: ColumnSummary, slack: float) -> tuple[Column, list[str]]:
    nullable, low, high = each.missing > 0, each.min, each.max
    is_integer = each.type.lower().lstrip("u").startswith("int")
    dtype: Any = "integer" if is_integer else _dtype(each.type)
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return Column(dtype, nullable=nullable), ["infinite values, so there is no range"]
    unknown = []
    if low == high:
        unknown.append(f"one value only, {low}, which is the whole range")
    more = slack * (high / 2 - low / 2) * 2
    least, most = low - more, high + more
    if max(-low, high) > EXACT_INTEGER:  # of integers there, the summary may have rounded the ends
        rounding = sys.float_info.epsilon * max(-low, high)
        least, most = least - rounding, most + rounding
    if is_integer:
        least = least if math.isinf(least) else math.floor(least)
        most = most if math.isinf(most) else math.ceil(most)
    ends: list[Any] = [least, most]
    if low >= 0:  # a sign that was never met is no slack
        ends[0] = max(ends[0], 0 if is_integer else 0.0)
    if high <= 0:
        ends[1] = min(ends[1], 0 if is_integer else 0.0)
    ends = [end if math.isfinite(end) else None for end in ends]
    return Column(dtype, nullable=nullable, range=(ends[0], ends[1])), unknown


def _of_texts(each: ColumnSummary, texts: Texts, slack: float) -> tuple[Column, list[str]]:
    nullable = each.missing > 0
    values = [each.value for each in texts.top()]
    # A long text is only known by how it begins.
    is_complete = not texts.hidden and (texts.lengths or (0, 0))[1] <= LONGEST_TEXT
    if is_complete and all(isinstance(value, bool) for value in values):
        return Column("bool", nullable=nullable), []
    dtype = "text" if all(isinstance(value, str) for value in values) else None
    lengths = texts.lengths
    limits = None
    unknown = []
    if lengths is not None and dtype:
        least, most = lengths
        limits = max(0, math.floor(least - slack * least)), math.ceil(most + slack * most)
    if is_complete and len(values) <= _MOST_VALUES and each.count >= _FEWEST_ROWS * len(values):
        return Column(dtype, nullable=nullable, values=tuple(values)), []
    unknown.append("too many different values to list, so others of such lengths are allowed")
    return Column(dtype, nullable=nullable, length=limits), unknown


def _of_times(each: ColumnSummary, times: Times, slack: float) -> tuple[Column, list[str]]:
    first, last = times.ends()
    unit = datetime.timedelta(days=1) if times.kind == DATE else MICROSECOND
    # A summary of times is floored to microseconds; a contract may be asked of nanoseconds.
    more = math.ceil(slack * ((last - first) / unit)) + (times.kind != DATE)
    ends = _moved(first, -more * unit), _moved(last, more * unit)
    unknown = [f"one value only, {first}, which is the whole range"] if first == last else []
    dtype: Any = "date" if times.kind == DATE else "datetime"
    return Column(dtype, nullable=each.missing > 0, range=ends), unknown


def _moved(end: Any, by: datetime.timedelta) -> Any:
    """Return a date so much later; None if that is beyond the years of Python."""
    try:
        return end + by
    except OverflowError:
        return None


def _dtype(type_name: str) -> Any:
    """Return the word of a contract for the type of a column, in the words of its container."""
    name = type_name.partition("(")[0].lower()
    for start, dtype in (
        (("str", "categorical", "enum", "utf8"), "text"),
        (("bool",), "bool"),
        (("datetime",), "datetime"),
        (("date",), "date"),
        (("duration", "timedelta"), "duration"),
        (("time",), "time"),
        (("binary", "bytes"), "binary"),
        (("int", "uint"), "integer"),
        (("float",), "number"),
        (("decimal",), "number"),
    ):
        if name.startswith(start):
            return dtype
    return None


def sample_summary(data: Any) -> Summary:
    """Return the summary of a sample, with distributions.

    Raises
    ------
    ValueError
        If it has no columns.
    TypeError
        If it is no table.
    """
    if isinstance(data, Summary):
        summary = data
    else:
        table: Any = table_of(data)
        if isinstance(table, Listed):
            columns = (_summary_of_list(*each) for each in table.columns.items())
            summary = Summary(columns)
        else:
            summary = summarize(data, distributions=True)
    if not len(summary):
        raise ValueError(f"data must have columns, got {described(data)}")
    return summary


def _summary_of_list(name: Any, values: Sequence[Any]) -> ColumnSummary:
    there = [value for value in values if not is_missing(value)]
    kinds = {kind_of_value(value) for value in there}
    if kinds <= set(NUMBERS):
        return replace(summarize(values, distributions=True)[0], name=name)
    spread: Any = None
    if kinds <= {"text", "bool"}:
        lengths = [len(value) for value in there if isinstance(value, str)]
        ends = (min(lengths), max(lengths)) if lengths else None
        spread = texts_of(Counter(there).most_common(), len(there), ends)
    elif kinds <= {*DATES}:
        spread = times_of(there)
    kind = kinds.pop() if len(kinds) == 1 else "mixed"
    missing = len(values) - len(there)
    return ColumnSummary(name, kind, len(there), missing, distribution=spread)
