"""Two read columns: what they are is asked once, and then they are counted in their own way.

Classes are Python values: of NumPy's scalars the item, of whole floats and of what has an
`__index__` the integer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, NamedTuple

from ml_infra_utils.metrics._counting.arrays import count_arrays, count_equal_arrays, weigh_arrays
from ml_infra_utils.metrics._counting.devices import count_pairs, shared_namespace
from ml_infra_utils.metrics._counting.lists import count_equal_lists, count_lists
from ml_infra_utils.metrics._counting.pair_counts import occurring
from ml_infra_utils.metrics._reading.classes import plain_class
from ml_infra_utils.metrics._reading.columns import (
    Column,
    column_of,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._reading.numbers import as_weights

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import Counted

_PREDICTIONS_AND_LABELS = ("predictions", "labels")


class Pair(NamedTuple):
    """Two columns, whose errors call them by these names; once read, they have one length."""

    predicted: Column
    actual: Column
    names: tuple[str, str] = _PREDICTIONS_AND_LABELS

    @property
    def has_table(self) -> bool:
        """Whether one of the two is no column but a table."""
        return self.predicted.is_table or self.actual.is_table

    def read(self) -> Pair:
        """Read both columns; raise unless they have one length."""
        names = self.names
        predicted, actual = self.predicted.read(names[0]), self.actual.read(names[1])
        same_length(predicted.length, actual.length, names)
        return Pair(predicted, actual, names)

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
        xp = shared_namespace(predicted, actual) if weights is None else None
        if xp is not None:
            return count_pairs(xp, predicted.values, actual.values)
        return count_lists(predicted.to_list(), actual.to_list(), weights, names)

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


def pair_of(predictions: Any, labels: Any) -> Pair:
    """Say what was passed for predictions and labels."""
    return Pair(column_of(predictions), column_of(labels))


def classes_of(column: Column) -> set[Hashable]:
    """Return the classes among the labels, all checked."""
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
        return integers_of(Column(on_host(values), False, True).read(name), name)
    if values.dtype.kind != "f":
        return column
    import numpy as np

    wrong = values != np.trunc(values)
    wrong |= ~np.isfinite(values)
    if wrong.any():
        index = int(wrong.argmax())
        plain_class(values[index], lambda: f"{name}[{index}]")
    if values.size and float(np.abs(values).max()) >= 2.0**63:
        return Column(values.tolist(), True, False)
    return Column(values.astype(np.int64), False, True)
