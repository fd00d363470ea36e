"""Count how often each label met each prediction, fast for each kind of column.

The result maps (label, prediction) to a count. Classes are Python values: of NumPy's
scalars the item, of whole floats the integer.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import chain
from operator import eq
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Sequence

from ml_infra_utils.metrics._arrays import (
    Cells,
    count_arrays,
    count_equal_arrays,
    count_on_device,
    tabulate,
    weigh_arrays,
)
from ml_infra_utils.metrics._columns import (
    as_column,
    as_list,
    is_numpy,
    length,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._exact import exact_sum, simplest
from ml_infra_utils.metrics._numbers import as_weights

if TYPE_CHECKING:
    from ml_infra_utils.metrics._numbers import Numbers

_PLAIN = frozenset((int, str, bool, type(None)))
_SMALL = 200  # examples; up to here a Counter is faster than arrays


def count(predictions: Any, labels: Any, sample_weight: Any = None) -> Cells:
    """Return how often, or with what weight, each label met each prediction."""
    predicted, actual = as_column(predictions, "predictions"), as_column(labels, "labels")
    same_length(predicted, actual)
    if isinstance(predicted, (list, tuple)) and isinstance(actual, (list, tuple)):
        weights = None if sample_weight is None else as_weights(sample_weight, len(actual))
        return _count_lists(predicted, actual, weights)
    predicted, actual = _as_integers(predicted, "predictions"), _as_integers(actual, "labels")
    if sample_weight is not None:
        weights = as_weights(sample_weight, length(actual))
        if is_numpy(predicted) and is_numpy(actual):
            import numpy as np

            return weigh_arrays(predicted, actual, np.asarray(weights, dtype=np.float64))
        return _count_lists(as_list(predicted), as_list(actual), weights)
    if is_numpy(predicted) and is_numpy(actual):
        return count_arrays(predicted, actual)
    if _same_library(predicted, actual):
        return count_on_device(predicted, actual)
    return _count_lists(as_list(predicted), as_list(actual), None)


def count_equal(predicted: Any, actual: Any) -> tuple[int, int] | None:
    """Return how many examples of two columns agree, and of how many.

    None means that the values may hide what is not a class, and that `count` must look.
    """
    same_length(predicted, actual)
    if isinstance(predicted, (list, tuple)) and isinstance(actual, (list, tuple)):
        codes = _as_bytes(predicted, actual)
        if codes is not None:
            return count_equal_arrays(*map(_from_bytes, codes)), len(actual)
        if {*map(type, predicted), *map(type, actual)} <= _PLAIN:
            return sum(map(eq, predicted, actual)), len(actual)
    elif _are_integers(predicted, actual):
        return count_equal_arrays(predicted, actual), len(actual)
    return None


def plain_class(value: Any, where: str) -> Hashable:
    """Return a class as a Python value, or raise an error that says where it stands."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    elif hasattr(type(value), "__array__") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a tensor of one value
    if isinstance(value, float):
        if value != value:
            raise ValueError(f"{where} is nan, not a class; drop such examples first")
        if not value.is_integer():
            raise ValueError(
                f"{where} is the float {value!r}, not a class; "
                "turn scores into classes first, for instance score >= 0.5"
            )
        return int(value)
    if hasattr(type(value), "__array__"):
        raise TypeError(
            f"{where} is a {type(value).__name__} of several values, not a class; "
            "pass one class an example"
        )
    if is_missing(value):
        raise ValueError(f"{where} is {value!r}, not a class; drop such examples first")
    return value  # type: ignore[no-any-return]  # hashable: it was a key


def is_hashable(value: object) -> bool:
    """Say whether the value has a hash; a tuple may hold what has none."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def in_order(classes: Iterable[Any]) -> tuple[Any, ...]:
    """Return the classes sorted; those that do not compare, by type and repr."""
    try:
        return tuple(sorted(classes))
    except TypeError:
        return tuple(sorted(classes, key=lambda name: (type(name).__name__, repr(name))))


def is_missing(value: Any) -> bool:
    """Say whether the value is NaN, NaT or NA; None is a class like others."""
    try:
        return not value == value  # noqa: SIM201  NaN, NaT and Decimal("NaN") differ from themselves
    except (TypeError, ArithmeticError):  # pandas.NA and Decimal("sNaN")
        return True


def _count_lists(predicted: Sequence[Any], actual: Sequence[Any], weights: Numbers | None) -> Cells:
    if weights is None:
        codes = _as_bytes(predicted, actual)
        if codes is not None:
            return _count_bytes(predicted, actual, *codes)
    try:
        if weights is None:
            cells: Cells = {**Counter(zip(actual, predicted))}
        else:
            cells = _weigh_lists(predicted, actual, weights)
    except TypeError:
        _refuse_unhashable(predicted, actual)
        raise
    if set(map(type, chain.from_iterable(cells))) <= _PLAIN:
        return cells
    plain = {
        value: plain_class(value, _position(value, predicted, actual))
        for value in dict.fromkeys(chain.from_iterable(cells))
    }
    merged: Cells = {}
    for (label, prediction), n in cells.items():
        pair = plain[label], plain[prediction]
        merged[pair] = simplest(merged.get(pair, 0) + n)
    return merged


def _weigh_lists(predicted: Sequence[Any], actual: Sequence[Any], weights: Numbers) -> Cells:
    groups: dict[tuple[Hashable, Hashable], list[float]] = {}
    for pair, weight in zip(zip(actual, predicted), as_list(weights)):
        groups.setdefault(pair, []).append(weight)
    return {pair: exact_sum(group) for pair, group in groups.items()}


def _as_bytes(predicted: Sequence[Any], actual: Sequence[Any]) -> tuple[bytes, bytes] | None:
    """Return long lists of integers in 0..255 as bytes, if NumPy is there to count them."""
    if len(actual) <= _SMALL or "numpy" not in sys.modules:
        return None
    if not (isinstance(predicted[0], int) and isinstance(actual[0], int)):
        return None
    try:
        return bytes(predicted), bytes(actual)
    except (TypeError, ValueError):
        return None


def _from_bytes(codes: bytes) -> Any:
    import numpy as np

    return np.frombuffer(codes, np.uint8)


def _count_bytes(
    predicted: Sequence[Any], actual: Sequence[Any], predicted_codes: bytes, actual_codes: bytes
) -> Cells:
    arrays = _from_bytes(predicted_codes), _from_bytes(actual_codes)
    classes: Sequence[Hashable] = range(int(max(arrays[0].max(), arrays[1].max())) + 1)
    if type(predicted[0]) is not int or type(actual[0]) is not int:
        columns = (("labels", actual, actual_codes), ("predictions", predicted, predicted_codes))
        classes = [_first_seen(code, columns) for code in range(len(classes))]
    return tabulate(*arrays, classes)


def _first_seen(code: int, columns: Iterable[tuple[str, Sequence[Any], bytes]]) -> Hashable:
    """Return the class of a code as it stands in the columns: True, not 1."""
    for name, column, codes in columns:
        index = codes.find(code)
        if index >= 0:
            return plain_class(column[index], f"{name}[{index}]")
    return code


def _refuse_unhashable(predicted: Sequence[Any], actual: Sequence[Any]) -> None:
    for name, column in (("predictions", predicted), ("labels", actual)):
        for index, value in enumerate(column):
            if not is_hashable(value):
                raise TypeError(
                    f"{name}[{index}] is a {type(value).__name__}, which is not hashable and "
                    "cannot be a class; pass one class an example, or a 2-D array of indicators "
                    "for several labels an example"
                ) from None


def _position(value: object, predicted: Sequence[Any], actual: Sequence[Any]) -> str:
    for name, column in (("predictions", predicted), ("labels", actual)):
        for index, other in enumerate(column):
            if other is value:
                return f"{name}[{index}]"
    raise AssertionError("the value came from one of the two")


def _are_integers(*columns: Any) -> bool:
    return all(is_numpy(column) and column.dtype.kind in "biu" for column in columns)


def _same_library(predicted: Any, actual: Any) -> bool:
    return type(predicted) is type(actual) and not isinstance(actual, (list, tuple))


def _as_integers(column: Any, name: str) -> Any:
    """Return floats as integers if all are whole, everything else as it is."""
    if isinstance(column, (list, tuple)):
        return column
    if not is_numpy(column):
        import array_api_compat

        xp = array_api_compat.array_namespace(column)
        if not xp.isdtype(column.dtype, ("real floating", "complex floating")):
            return column
        column = on_host(column)
    if column.dtype.kind != "f":
        return column
    import numpy as np

    wrong = column != np.trunc(column)
    wrong |= ~np.isfinite(column)
    if wrong.any():
        index = int(wrong.argmax())
        plain_class(column[index], f"{name}[{index}]")
    if column.size and np.abs(column).max() >= 2.0**63:
        return column.tolist()
    return column.astype(np.int64)
