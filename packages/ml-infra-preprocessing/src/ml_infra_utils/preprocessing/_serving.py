"""Rows of Python values, as services have them: a dict, a list of dicts, a list of rows.

Nothing here needs NumPy. A short loop transforms a row, and the sum of its results proves that
every value was a finite number. A row without that proof is read value by value.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.base import feature_numbers, named_columns
from ml_infra_utils.preprocessing._formulas import Scalars
from ml_infra_utils.preprocessing._limits import INT64_END
from ml_infra_utils.preprocessing._statistics import ColumnPlaces, Places
from ml_infra_utils.preprocessing._values import is_missing, is_number, python_number
from ml_infra_utils.preprocessing._words import counted, described, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate
    from ml_infra_utils.preprocessing._statistics import Statistics


def rows_of(X: Any, features: Sequence[Any], has_names: bool) -> Rows | None:
    """Return the container of a dict, or of a list or tuple of rows; None of anything else.

    Raises
    ------
    ValueError
        If rows have another number of values, or dicts come where the fit had no names.
    TypeError
        If some rows are dicts and others are not, or a list holds no rows; or of a mapping that is
        no dict, or rows that are gone once they are read: the message says what to write.
    """
    if isinstance(X, dict):
        rows: Any = (X,)
    elif isinstance(X, Mapping):
        raise TypeError(f"X must be a dict, got {described(X)}; write dict(X)")
    elif isinstance(X, Iterator):
        raise TypeError(f"X must be a list of rows, got {described(X)}; write list(X)")
    elif isinstance(X, (list, tuple)):
        rows = X
    else:
        return None
    if rows and isinstance(rows[0], Mapping) and not isinstance(rows[0], dict):
        raise TypeError(f"X[0] must be a dict, got {described(rows[0])}; write dict(row)")
    kind = dict if rows and isinstance(rows[0], dict) else (list, tuple)
    if kind is not dict and rows and not isinstance(rows[0], kind):
        if is_missing(rows[0]) or is_number(rows[0]) or isinstance(rows[0], str):
            raise ValueError(
                "Expected 2D array, got 1D array instead: X must be a dict, a list of dicts or a "
                f"list of rows, got {described(X)}; put a single row into a list"
            )
        return None  # rows that are arrays, for example
    expected = "a dict" if kind is dict else "a list or a tuple"
    for place, row in enumerate(rows):
        if not isinstance(row, kind):
            raise TypeError(f"X[{place}] must be {expected}, as X[0] is, got {described(row)}")
        if kind is not dict and len(row) != len(features):
            raise ValueError(
                f"X[{place}] must have {counted(len(features), 'value')}, as many as the fit had "
                f"features, got {len(row)}"
            )
    if kind is dict and not has_names:
        raise ValueError(
            f"X must be rows of numbers, since the fit had no feature names, got {described(X)}"
        )
    return Rows(X, rows, features, kind is dict)


class Rows:
    """A container of which only a transform asks: it has no statistics of its own."""

    xp = Scalars
    is_lazy = False
    layout = "rows"

    def __init__(
        self, data: Any, rows: Sequence[Any], features: Sequence[Any], keyed: bool
    ) -> None:
        self.data = data
        self.rows = rows
        self.has_names = keyed
        self.names = features if keyed else None
        self.keys = features if keyed else range(len(features))
        self.n_features = len(features)

    def features(self, statistics: Sequence[Statistics]) -> Sequence[Statistics]:
        """Return statistics of features as they are."""
        return statistics

    def name_features(self, chosen: Sequence[bool]) -> str:
        """Name the features of which `chosen` is true."""
        some = [key for key, is_chosen in zip(self.keys, chosen) if is_chosen]
        return named_columns(some) if self.has_names else feature_numbers(some)

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        """Return the rows transformed by steps; missing values stay as they are."""
        return self._transformed(server(self.keys, steps), _stepped, steps, suspect)

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        """Return the rows with values beyond bounds replaced; missing values stay as they are."""
        return self._transformed(None, _clipped, bounds, suspect)

    def find(self, predicate: Predicate, limit: int) -> Places:
        """Return where a predicate holds, by name and row, or by row and place."""
        columns = []
        for key in self.keys:
            found = [i for i, row in enumerate(self.rows) if predicate.of_value(row[key], i)]
            first = [(i if self.has_names else (i, key), self.rows[i][key]) for i in found[:limit]]
            if found:
                name = key if self.has_names else None
                columns.append(ColumnPlaces(name, len(found), tuple(first)))
        if not self.has_names and columns:
            number = sum(column.number for column in columns)
            first = sorted(place for column in columns for place in column.first)[:limit]
            columns = [ColumnPlaces(None, number, tuple(first))]
        return Places(len(self.rows), columns)

    def _transformed(
        self,
        serve: Callable[[Any], Any] | None,
        change: Callable[[Any, Any], Any],
        operands: Sequence[Any],
        suspect: Suspect | None,
    ) -> Any:
        results, missing, infinite = [], False, False
        for place, row in enumerate(self.rows):
            served = None if serve is None or type(row) not in (dict, list) else serve(row)
            if served is None:
                served = row.copy() if isinstance(row, dict) else list(row)
                for (key, number), operand in zip(self._numbers(place), operands):
                    if number is None:
                        missing = True
                    else:
                        infinite = infinite or number in (math.inf, -math.inf)
                        served[key] = change(number, operand)
                if isinstance(row, tuple):
                    served = getattr(row, "_make", tuple)(served)
            results.append(served)
        if suspect is not None and (missing or infinite):
            suspect(infinite)
        if isinstance(self.data, dict):
            return results[0]
        return tuple(results) if isinstance(self.data, tuple) else results

    def _numbers(self, place: int) -> Iterator[tuple[Any, Any]]:
        """Yield the key and the number of each feature of a row; None of a missing value."""
        row = self.rows[place]
        where = "X" if isinstance(self.data, dict) else f"X[{place}]"
        for key in self.keys:
            if self.has_names and key not in row:
                lacking = [name for name in self.keys if name not in row]
                raise ValueError(
                    f"{where} must have every feature of the fit, got none named "
                    f"{listed(lacking)}{nearest(key, row)}"
                )
            value = row[key]
            yield key, None if is_missing(value) else _number(value, f"{where}[{key!r}]")


def server(keys: Sequence[Any], steps: Sequence[Sequence[Step]]) -> Callable[[Any], Any]:
    """Return a function that transforms a dict or a list.

    It returns None where the sum of the results does not prove that all values were numbers.
    """
    names = {tuple(name for name, *_ in each) for each in steps}
    loop: Callable[[Any, Any], Any] = (
        _LOOPS.get(next(iter(names)), _loop) if len(names) == 1 else _loop
    )
    plan: list[Any] = (
        list(zip(keys, steps))
        if loop is _loop
        else [(key, first, second) for key, ((_, first), (_, second)) in zip(keys, steps)]
    )

    def serve(row: Any) -> Any:
        result = row.copy()
        try:
            total = loop(result, plan)
            if type(total) is not float and getattr(total, "ndim", None) == 0:  # NumPy's scalars
                for key, *_ in plan:
                    result[key] = python_number(row[key])
                total = loop(result, plan)
        except Exception:  # the reading value by value finds out what it was
            return None
        # NaN and infinities, less themselves, are NaN.
        return result if type(total) is float and total - total == 0.0 else None

    return serve


def _loop(row: Any, plan: Any) -> Any:
    total = 0.0
    for key, steps in plan:
        value = row[key]
        row[key] = result = _stepped(value, steps)
        total += value + result  # a step that clips makes a number of an infinity
    return total


def _subtract_and_multiply(row: Any, plan: Any) -> Any:
    total = 0.0
    for key, center, factor in plan:
        row[key] = value = (row[key] - center) * factor
        total += value
    return total


def _subtract_and_divide(row: Any, plan: Any) -> Any:
    total = 0.0
    for key, center, spread in plan:
        row[key] = value = (row[key] - center) / spread
        total += value
    return total


def _divide_and_add(row: Any, plan: Any) -> Any:
    total = 0.0
    for key, factor, center in plan:
        row[key] = value = row[key] / factor + center
        total += value
    return total


def _multiply_and_add(row: Any, plan: Any) -> Any:
    total = 0.0
    for key, spread, center in plan:
        row[key] = value = row[key] * spread + center
        total += value
    return total


# To call a function for each value would take longer than these loops take.
_LOOPS = {
    ("subtract", "multiply"): _subtract_and_multiply,
    ("subtract", "divide"): _subtract_and_divide,
    ("divide", "add"): _divide_and_add,
    ("multiply", "add"): _multiply_and_add,
}

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "divide": operator.truediv,
    "minimum": min,
    "multiply": operator.mul,
    "offset": operator.sub,
    "subtract": operator.sub,
}


def _stepped(value: Any, steps: Sequence[Step]) -> Any:
    for name, *operands in steps:
        if name == "clip":
            value = min(max(value, operands[0]), operands[1])
        else:
            value = _OPERATORS[name](value, operands[0])
    return value


def _clipped(value: Any, bounds: Statistics) -> Any:
    low, high = bounds.low, bounds.high
    return low if value < low or low != low else high if value > high else value


def _number(value: Any, where: str) -> Any:
    """Return a value as a float, or as an integer if it has 64 bits."""
    if getattr(value, "ndim", None) == 0:
        value = python_number(value)
    if not is_number(value):
        raise TypeError(f"{where} must be a number, got {described(value)}")
    if isinstance(value, int) and -INT64_END <= value < 2 * INT64_END:
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number) and abs(value) != math.inf:
        raise ValueError(f"{where} must fit into a float, got {described(value)}")
    return number
