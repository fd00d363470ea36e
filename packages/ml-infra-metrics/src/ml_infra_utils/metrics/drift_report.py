"""See whether scores and classes have moved away from a reference."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Hashable, NamedTuple, Sequence
from typing import AbstractSet as Set

from ml_infra_utils.metrics._exact_sums import exact_count, rounded
from ml_infra_utils.metrics._formulas.divergence import (
    groups_of_bins,
    groups_of_classes,
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability_index,
)
from ml_infra_utils.metrics._options import check_limit
from ml_infra_utils.metrics._reading.classes import (
    as_classes,
    declared_order,
    in_order,
    one_order,
    ordered_by,
)
from ml_infra_utils.metrics._showing.drift_table import DistributionDrift, DriftReport
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.score_histogram import ScoreHistogram
from ml_infra_utils.metrics._words import MOST_NAMES, described

if TYPE_CHECKING:
    from typing import Dict

    from ml_infra_utils.metrics._exact_sums import Count

    Counts = Dict[Any, Count]

__all__ = ["drift"]


def drift(
    reference: ScoreHistogram | ConfusionMatrix | Mapping[Any, float],
    current: ScoreHistogram | ConfusionMatrix | Mapping[Any, float],
    *,
    psi: float | None = 0.25,
    js: float | None = None,
    ks: float | None = None,
) -> DriftReport:
    """Compare the distributions that two states hold: of probabilities, labels or predictions.

    A distribution has drifted if it lies farther from the reference than a threshold allows, or
    if it has no examples any more. The thresholds are rules of thumb and no tests of
    significance: what a change is worth is up to the user.

    Parameters
    ----------
    reference, current : ScoreHistogram, ConfusionMatrix, or mapping from class to count
        Two of one kind. Histograms are compared by all probabilities, by those of positives and
        of negatives, and by their labels; matrices by their labels, their predictions, and the
        pairs of both.
    psi : float or None, default 0.25
        The largest population stability index. In credit scoring, where the index comes from,
        0.1 is customarily called a small shift and 0.25 a large one. The groups are runs of bins
        with a tenth of the reference each, and what lies beyond its ends; of classes, the 20 most
        frequent ones, the others, and the new ones. The share of a group counts as 0.0001 at least.
    js : float or None, optional
        The largest Jensen-Shannon distance of the shares of the same groups, with logarithms of
        base 2, as `scipy.spatial.distance.jensenshannon(p, q, base=2)` has it.
    ks : float or None, optional
        The largest Kolmogorov-Smirnov distance, of probabilities and of classes that have an
        order: numbers, categories in their order, or declared classes. It counts as exceeded if
        its lower bound is above.

    Returns
    -------
    DriftReport
        True if a distribution has drifted; `raise_if_any` raises.

    Raises
    ------
    ValueError
        If the reference has no examples, histograms have different bins, a count is negative, or
        a threshold is no number of at least 0.
    TypeError
        If the two are of no known kind, or not of one.

    Examples
    --------
    >>> print(drift({"cat": 60, "dog": 40}, {"cat": 30, "dog": 65, "cow": 5}))
    1 of 1 distribution drifted
    distribution             drift  before  after     psi     js  ks    new  gone
    classes       psi 0.639 > 0.25     100    100  0.6394  0.289      'cow'
    """
    limits = {"psi": psi, "js": js, "ks": ks}
    for name, most in limits.items():
        check_limit(name, most)
    return DriftReport([_drifted(each, limits) for each in _distributions(reference, current)])


class _Compared(NamedTuple):
    """The counts of one distribution, before and after, and the order of its bins or classes."""

    name: str
    sides: Sequence[Counts]
    order: Sequence[Hashable] = ()
    are_bins: bool = False


def _distributions(reference: Any, current: Any) -> list[_Compared]:
    kinds = (ScoreHistogram, ConfusionMatrix, Mapping)
    for name, value in (("reference", reference), ("current", current)):
        if not isinstance(value, kinds):
            step = "; pass its compute()" if hasattr(value, "compute") else ""
            raise TypeError(
                f"{name} must be a ScoreHistogram, a ConfusionMatrix or a mapping from class to "
                f"count, got {described(value)}{step}"
            )
    for kind, read in zip(kinds, (_of_histograms, _of_matrices, _of_counts)):
        if isinstance(reference, kind) and isinstance(current, kind):
            compared = read(reference, current)
            if not any(compared[0].sides[0].values()):
                raise ValueError(f"reference must have examples, got {described(reference)}")
            return compared
    raise TypeError(
        "reference and current must be of one kind, got "
        f"{described(reference)} and {described(current)}"
    )


def _of_histograms(reference: Any, current: Any) -> list[_Compared]:
    if reference.bins != current.bins:
        raise ValueError(
            f"reference and current must have equal bins, got {reference.bins} and {current.bins}"
        )
    sides = [
        {
            "probabilities": [p + n for p, n in zip(each._positives, each._negatives)],
            "positives": each._positives,
            "negatives": each._negatives,
        }
        for each in (reference, current)
    ]
    bins = range(reference.bins)
    compared = [
        _Compared(name, [dict(zip(bins, side[name])) for side in sides], bins, are_bins=True)
        for name in ("probabilities", "positives", "negatives")
    ]
    labels = [
        {"positive": sum(side["positives"]), "negative": sum(side["negatives"])} for side in sides
    ]
    return [*compared, _Compared("labels", labels)]


def _of_matrices(reference: Any, current: Any) -> list[_Compared]:
    names = {*reference.classes, *current.classes}
    order = _ordered(names, one_order(_declared(reference), _declared(current)))
    sides = [_margins(each._pairs) for each in (reference, current)]
    return [
        _Compared(name, [side[name] for side in sides], () if name == "pairs" else order)
        for name in ("labels", "predictions", "pairs")
    ]


def _of_counts(reference: Any, current: Any) -> list[_Compared]:
    sides = []
    for name, counts in (("reference", reference), ("current", current)):
        exact = [exact_count(n, partial("{}[{!r}]".format, name, key)) for key, n in counts.items()]
        sides.append(dict(zip(as_classes(counts, name), exact)))
    names = {*sides[0], *sides[1]}
    return [_Compared("classes", sides, _ordered(names, declared_order(names)))]


def _margins(pairs: Mapping[tuple[Hashable, Hashable], Count]) -> dict[str, dict[Any, Count]]:
    labels: dict[Any, Count] = {}
    predictions: dict[Any, Count] = {}
    for (label, prediction), n in pairs.items():
        labels[label] = labels.get(label, 0) + n
        predictions[prediction] = predictions.get(prediction, 0) + n
    return {"labels": labels, "predictions": predictions, "pairs": dict(pairs)}


def _declared(matrix: ConfusionMatrix) -> tuple[Hashable, ...]:
    """Return the order that the caller or a column has declared for the classes."""
    return matrix.classes if matrix._declared else matrix._order or declared_order(matrix.classes)


def _ordered(names: Set[Hashable], order: Sequence[Hashable]) -> Sequence[Hashable]:
    """Return all classes in their order; none where a class has no place in one."""
    if names <= set(order):
        return ordered_by(order, names)
    return in_order(names) if all(isinstance(name, int) for name in names) else ()


def _drifted(compared: _Compared, limits: Mapping[str, float | None]) -> DistributionDrift:
    before, after = compared.sides
    totals = [sum(counts.values()) for counts in compared.sides]
    index = distance = reach = None
    problems = []
    if all(totals):
        rows = [(before.get(each, 0), after.get(each, 0)) for each in compared.order]
        if compared.are_bins:
            groups = groups_of_bins(*zip(*rows))
        else:
            groups = groups_of_classes(before, after)
        index, distance = population_stability_index(groups), jensen_shannon(groups)
        if compared.order:
            reach = kolmogorov_smirnov(rows, are_bins=compared.are_bins)
    elif totals[0]:
        problems.append("no examples")
    figures = {"psi": index, "js": distance, "ks": None if reach is None else reach.low}
    for figure, value in figures.items():
        most = limits[figure]
        if most is not None and value is not None and value > most:
            problems.append(f"{figure} {value:.3g} > {most:g}")
    new, gone = (
        ((), ()) if compared.are_bins else (_only_in(after, before), _only_in(before, after))
    )
    return DistributionDrift(
        compared.name,
        rounded(totals[0]),
        rounded(totals[1]),
        index,
        distance,
        reach,
        new,
        gone,
        tuple(problems),
    )


def _only_in(one: Counts, other: Counts) -> tuple[Hashable, ...]:
    """Return the most frequent classes that only the one has."""
    names = [name for name, n in one.items() if n and not other.get(name)]
    return tuple(sorted(names, key=lambda name: (-one[name], repr(name)))[:MOST_NAMES])
