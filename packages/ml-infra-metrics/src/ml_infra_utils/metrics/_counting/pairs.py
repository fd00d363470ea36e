"""Count how often each pair of label and prediction occurs, fast for each kind of column.

Classes are Python values: of NumPy's scalars the item, of whole floats and of what has an
`__index__` the integer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable

from ml_infra_utils.metrics._counting.arrays import (
    count_arrays,
    count_equal_arrays,
    count_on_device,
    weigh_arrays,
)
from ml_infra_utils.metrics._counting.lists import count_equal_lists, count_lists
from ml_infra_utils.metrics._counting.pair_counts import occurring
from ml_infra_utils.metrics._reading.classes import plain_class
from ml_infra_utils.metrics._reading.columns import (
    as_column,
    as_list,
    is_numpy,
    length,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._reading.numbers import as_weights

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import Counted


def count(
    predicted: Any,
    actual: Any,
    sample_weight: Any = None,
    names: tuple[str, str] = ("predictions", "labels"),
) -> Counted:
    """Return how often, or with what weight, each pair of label and prediction occurs.

    `names` are what errors call the two columns.
    """
    same_length(predicted, actual, names)
    if isinstance(predicted, (list, tuple)) and isinstance(actual, (list, tuple)):
        weights = None if sample_weight is None else as_weights(sample_weight, len(actual))
        return count_lists(predicted, actual, weights, names)
    predicted, actual = as_integers(predicted, names[0]), as_integers(actual, names[1])
    if sample_weight is not None:
        weights = as_weights(sample_weight, length(actual))
        if is_numpy(predicted) and is_numpy(actual):
            import numpy as np

            return weigh_arrays(predicted, actual, np.asarray(weights, dtype=np.float64))
        return count_lists(as_list(predicted), as_list(actual), weights, names)
    if is_numpy(predicted) and is_numpy(actual):
        return count_arrays(predicted, actual)
    if _same_library(predicted, actual):
        return count_on_device(predicted, actual)
    return count_lists(as_list(predicted), as_list(actual), None, names)


def classes_of(actual: Any) -> set[Hashable]:
    """Return the classes among the labels, all checked."""
    return set(occurring(count(actual, actual, names=("labels", "labels"))))


def count_equal(predicted: Any, actual: Any) -> int | None:
    """Return how many examples of two columns agree.

    None means that a value may be no class, so that `count` must check each.
    """
    same_length(predicted, actual)
    if isinstance(predicted, (list, tuple)) and isinstance(actual, (list, tuple)):
        return count_equal_lists(predicted, actual)
    if _are_integers(predicted, actual):
        return count_equal_arrays(predicted, actual)
    return None


def as_integers(column: Any, name: str) -> Any:
    """Return floats as integers if all are whole, everything else as it is."""
    if isinstance(column, (list, tuple)):
        return column
    if not is_numpy(column):
        import array_api_compat

        xp = array_api_compat.array_namespace(column)
        fits_int64 = column.dtype != getattr(xp, "uint64", None)
        if xp.isdtype(column.dtype, ("bool", "integral")) and fits_int64:
            return column
        return as_integers(as_column(on_host(column), name), name)
    if column.dtype.kind != "f":
        return column
    import numpy as np

    wrong = column != np.trunc(column)
    wrong |= ~np.isfinite(column)
    if wrong.any():
        index = int(wrong.argmax())
        plain_class(column[index], lambda: f"{name}[{index}]")
    if column.size and float(np.abs(column).max()) >= 2.0**63:
        return column.tolist()
    return column.astype(np.int64)


def _are_integers(*columns: Any) -> bool:
    return all(is_numpy(column) and column.dtype.kind in "biu" for column in columns)


def _same_library(predicted: Any, actual: Any) -> bool:
    return type(predicted) is type(actual) and not isinstance(actual, (list, tuple))
