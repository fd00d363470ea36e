"""Do two models differ? Their scores of the same examples, and whether that may be chance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Hashable, Iterable, Mapping, Sequence, overload

from ml_infra_utils.metrics._counting.groups import key_of, ordered
from ml_infra_utils.metrics._counting.pair_counts import pair_counts_of
from ml_infra_utils.metrics._counting.pairs import Pair, integers_of
from ml_infra_utils.metrics._formulas.intervals import OF_ALL, OF_CLASS
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, check_choice, refuse_weights
from ml_infra_utils.metrics._reading.columns import Column, column_of, same_length
from ml_infra_utils.metrics._reading.ignored import without
from ml_infra_utils.metrics._states.differences import difference_of_areas, difference_of_scores
from ml_infra_utils.metrics._states.paired_comparison import PairedComparison
from ml_infra_utils.metrics._states.slices import Slices
from ml_infra_utils.metrics._undefined import warn_of_kinds

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._states.score_difference import ScoreDifference
    from ml_infra_utils.metrics._types import Average, ClassesLike, ComparedScore, SupportsArray

    Columns = Mapping[str, Column]

__all__ = ["compare"]


@overload
def compare(
    a: ClassesLike,
    b: ClassesLike,
    labels: ClassesLike,
    *,
    score: Literal["accuracy"] = ...,
    by: None = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: None = ...,
) -> PairedComparison: ...


@overload
def compare(
    a: ClassesLike,
    b: ClassesLike,
    labels: ClassesLike,
    *,
    score: Literal["accuracy"] = ...,
    by: Iterable[Any] | SupportsArray,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: None = ...,
) -> Slices[PairedComparison]: ...


@overload
def compare(
    a: Iterable[Any] | SupportsArray,
    b: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    *,
    score: ComparedScore,
    positive_class: Hashable = ...,
    average: Average = ...,
    beta: float = ...,
    by: None = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: None = ...,
) -> ScoreDifference: ...


@overload
def compare(
    a: Iterable[Any] | SupportsArray,
    b: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    *,
    score: ComparedScore,
    positive_class: Hashable = ...,
    average: Average = ...,
    beta: float = ...,
    by: Iterable[Any] | SupportsArray,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: None = ...,
) -> Slices[ScoreDifference]: ...


def compare(
    a: Any,
    b: Any,
    labels: Any,
    *,
    score: str = "accuracy",
    positive_class: Hashable = CLASS_BY_DEFAULT,
    average: Average = "binary",
    beta: float = 1.0,
    by: Any = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: None = None,
) -> Any:
    """Compare two models by a score of the same examples.

    Parameters
    ----------
    a, b : sequence, array or column, shape (n,)
        Predictions of the one and of the other; for ``score="roc_auc"`` their scores.
    labels : sequence, array or column, shape (n,)
        True class of each example.
    score : str, default "accuracy"
        ``"roc_auc"``, or what `ConfusionMatrix.interval` takes: ``"accuracy"``, ``"f1_score"``,
        ``"precision"``, ``"recall"``, ``"balanced_accuracy"``, ``"matthews_corrcoef"`` and others.
    positive_class, average, beta
        As for `f1_score` and `fbeta_score`, for scores that have them.
    by : sequence, array or column, shape (n,), optional
        The slice of each example: a comparison for each.
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out: padding such as -100, a class "O".
    sample_weight : None
        Not taken: the tests and intervals of two models count examples, and their error rates are
        known for counts only. Compare weighted scores by themselves, or examples by slices.

    Returns
    -------
    PairedComparison, ScoreDifference or Slices
        Of the accuracy a state that adds up, with McNemar's exact test; of other scores a value
        with interval and p-value. Both have ``decide(margin=)``. With ``by``, a mapping from slice
        to comparison, sorted, a missing value None, the last; its ``decide(margin=)`` tells of
        all slices, with intervals that hold together.

    Warns
    -----
    UndefinedMetricWarning
        If a score is undefined.

    Raises
    ------
    ValueError
        If lengths differ, a value is NaN, missing or a float that is not whole, a score is not
        finite, weights are passed, or an option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping was passed for a sequence.

    Examples
    --------
    >>> compare([1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1])
    PairedComparison(both_right=1, only_a_right=2, only_b_right=0, both_wrong=1)
    >>> new, old = [0.9, 0.8, 0.3, 0.1] * 50, [0.9, 0.2, 0.3, 0.1] * 50
    >>> difference = compare(new, old, [1, 1, 0, 0] * 50, score="roc_auc")
    >>> difference.a, difference.b, difference.decide(margin=0.01)
    (1.0, 0.75, 'better')
    """
    refuse_weights(sample_weight)
    check_choice("score", score, (*OF_ALL, *OF_CLASS, "roc_auc"))
    check_choice("average", average, ("binary", "macro", "micro", "weighted"))
    labels, a, b, by = without(ignore, labels, a, b, by)
    meant = "numbers" if score == "roc_auc" else "classes"
    passed = {"a": a, "b": b, "labels": labels}
    columns = {
        name: column_of(values).read(name, meant if name != "labels" else "classes")
        for name, values in passed.items()
    }
    for name in ("a", "b"):
        same_length(columns[name].length, columns["labels"].length, (name, "labels"))
    if score == "accuracy":
        compared: Callable[..., Any] = _accuracies
    elif score == "roc_auc":
        compared = partial(difference_of_areas, positive_class=positive_class)
    else:
        compared = partial(
            difference_of_scores,
            score=score,
            positive_class=positive_class,
            average=average,
            beta=beta,
        )
    if by is None:
        return compared(**columns)
    parts = _parts(columns, by)
    whole = compared(**columns) if score != "accuracy" and parts else None
    return Slices({key: compared(**part) for key, part in parts.items()}, whole)


def _parts(columns: Columns, by: Any) -> dict[Hashable, Columns]:
    """Return the columns of each slice, sorted by slice."""
    slicer = by if isinstance(by, (list, tuple)) else _values_of(by)
    same_length(len(slicer), columns["labels"].length, ("by", "labels"))
    places: dict[tuple[Any, ...], list[int]] = {}
    for place, value in enumerate(slicer):
        places.setdefault((key_of(value),), []).append(place)
    lists = {name: column.to_list() for name, column in columns.items()}
    return {
        key[0]: {
            name: column_of([values[i] for i in places[key]]) for name, values in lists.items()
        }
        for key in ordered(places)
    }


def _values_of(by: Any) -> Sequence[Any]:
    """Return the values of a column, of which some may be missing, as a list."""
    for method in ("to_list", "to_pylist", "tolist"):
        if hasattr(by, method):
            values: Sequence[Any] = getattr(by, method)()
            return values
    return column_of(by).read("by").to_list()


def _accuracies(**columns: Column) -> PairedComparison:
    whole = {name: integers_of(column, name) for name, column in columns.items()}
    right = {name: _is_right(name, whole[name], whole["labels"]) for name in ("a", "b")}
    cells = pair_counts_of(Pair(right["b"], right["a"]).counted())  # by whether (a, b) is right
    pairs = ((True, True), (True, False), (False, True), (False, False))
    return PairedComparison(*(int(cells.get(pair, 0)) for pair in pairs))


def _is_right(name: str, predicted: Column, actual: Column) -> Column:
    counted = Pair(predicted, actual, (name, "labels")).counted()  # refuses what is not a class
    if predicted.is_numpy and actual.is_numpy:
        return Column(predicted.values == actual.values, False, True)
    warn_of_kinds(pair_counts_of(counted), name)
    pairs = zip(predicted.to_list(), actual.to_list())
    return column_of([prediction == label for prediction, label in pairs])
