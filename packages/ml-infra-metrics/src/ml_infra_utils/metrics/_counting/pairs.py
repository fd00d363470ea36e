"""Two read columns: what they are is asked once, and then they are counted in their own way.

Classes are Python values: of NumPy's scalars the item, of whole floats and of what has an
`__index__` the integer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, NamedTuple

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
    on_host,
    refuse_lengths,
)
from ml_infra_utils.metrics._reading.numbers import as_weights

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import Counted

_PREDICTIONS_AND_LABELS = ("predictions", "labels")


class Column(NamedTuple):
    """A column as `as_column` gives it, and which of its three kinds it is."""

    values: Any
    is_list: bool
    is_numpy: bool

    @property
    def length(self) -> int:
        """The number of values."""
        return len(self.values) if self.is_list else int(self.values.shape[0])


class Pair(NamedTuple):
    """Two columns of one length, whose errors call them by these names."""

    predicted: Column
    actual: Column
    names: tuple[str, str]

    def counted(self, sample_weight: Any = None) -> Counted:
        """Return how often, or with what weight, each pair of label and prediction occurs."""
        names = self.names
        n = self.actual.length
        weights = None if sample_weight is None else as_weights(sample_weight, n)
        if self.predicted.is_list and self.actual.is_list:
            return count_lists(self.predicted.values, self.actual.values, weights, names)
        predicted, actual = (
            integers_of(self.predicted, names[0]),
            integers_of(self.actual, names[1]),
        )
        if predicted.is_numpy and actual.is_numpy:
            if weights is None:
                return count_arrays(predicted.values, actual.values)
            import numpy as np

            weights = np.asarray(weights, dtype=np.float64)
            return weigh_arrays(predicted.values, actual.values, weights)
        of_one_library = type(predicted.values) is type(actual.values) and not actual.is_list
        if of_one_library and weights is None:
            return count_on_device(predicted.values, actual.values)
        return count_lists(as_list(predicted.values), as_list(actual.values), weights, names)

    def count_equal(self) -> int | None:
        """Return how many examples agree.

        None means that a value may be no class, so that `counted` must check each.
        """
        predicted, actual = self.predicted, self.actual
        if predicted.is_list and actual.is_list:
            return count_equal_lists(predicted.values, actual.values)
        if all(column.is_numpy and column.values.dtype.kind in "biu" for column in self[:2]):
            return count_equal_arrays(predicted.values, actual.values)
        return None


def read_pair(
    predictions: Any, labels: Any, names: tuple[str, str] = _PREDICTIONS_AND_LABELS
) -> Pair:
    """Read two columns; raise unless they have one length."""
    return pair_of(as_column(predictions, names[0]), as_column(labels, names[1]), names)


def pair_of(predicted: Any, actual: Any, names: tuple[str, str] = _PREDICTIONS_AND_LABELS) -> Pair:
    """Pair two columns that were read; raise unless they have one length."""
    pair = Pair(column_of(predicted), column_of(actual), names)
    n, m = pair.predicted.length, pair.actual.length
    if n != m:
        refuse_lengths(n, m, names)
    return pair


def column_of(values: Any) -> Column:
    """Say what a column is that was read."""
    if isinstance(values, (list, tuple)):
        return Column(values, True, False)
    return Column(values, False, is_numpy(values))


def classes_of(actual: Any) -> set[Hashable]:
    """Return the classes among the labels, all checked."""
    column = column_of(actual)
    return set(occurring(Pair(column, column, ("labels", "labels")).counted()))


def integers_of(column: Column, name: str) -> Column:
    """Return floats as integers if all are whole, everything else as it is."""
    values = column.values
    if column.is_list:
        return column
    if not column.is_numpy:
        import array_api_compat

        xp = array_api_compat.array_namespace(values)
        fits_int64 = values.dtype != getattr(xp, "uint64", None)
        if xp.isdtype(values.dtype, ("bool", "integral")) and fits_int64:
            return column
        return integers_of(column_of(as_column(on_host(values), name)), name)
    if values.dtype.kind != "f":
        return column
    import numpy as np

    wrong = values != np.trunc(values)
    wrong |= ~np.isfinite(values)
    if wrong.any():
        index = int(wrong.argmax())
        plain_class(values[index], lambda: f"{name}[{index}]")
    if values.size and float(np.abs(values).max()) >= 2.0**63:
        return column_of(values.tolist())
    return column_of(values.astype(np.int64))
