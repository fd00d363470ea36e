"""Do two classifiers differ? McNemar's exact test on the examples they disagree about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_infra_utils.metrics._counting.pair_counts import pair_counts_of
from ml_infra_utils.metrics._counting.pairs import as_integers, count
from ml_infra_utils.metrics._reading.columns import as_column, as_list, is_numpy
from ml_infra_utils.metrics._states.paired_comparison import PairedComparison

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike

__all__ = ["compare"]


def compare(a: ClassesLike, b: ClassesLike, labels: ClassesLike) -> PairedComparison:
    """Compare the predictions of two classifiers for the same examples.

    Parameters
    ----------
    a, b, labels : sequence, array or column, shape (n,)
        Predictions of the one, of the other, and the true classes.

    Returns
    -------
    PairedComparison
        Its ``p_value`` is McNemar's exact test; comparisons of batches add up.

    Raises
    ------
    ValueError
        If lengths differ, or a value is NaN, missing or a float that is not whole.
    TypeError
        If a value is not hashable, or a string, set or mapping was passed for a sequence.

    Examples
    --------
    >>> compare([1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1])
    PairedComparison(both_right=1, only_a_right=2, only_b_right=0, both_wrong=1)
    """
    names = {"a": a, "b": b, "labels": labels}
    columns = {name: as_integers(as_column(values, name), name) for name, values in names.items()}
    right = {name: _is_right(name, columns[name], columns["labels"]) for name in ("a", "b")}
    cells = pair_counts_of(count(right["b"], right["a"]))  # by whether (a, b) is right
    pairs = ((True, True), (True, False), (False, True), (False, False))
    return PairedComparison(*(int(cells.get(pair, 0)) for pair in pairs))


def _is_right(name: str, predicted: Any, actual: Any) -> Any:
    count(predicted, actual, names=(name, "labels"))  # refuses what is not a class
    if is_numpy(predicted) and is_numpy(actual):
        return predicted == actual
    return [p == label for p, label in zip(as_list(predicted), as_list(actual))]
