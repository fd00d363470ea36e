"""Confidence intervals of scores, from counts alone; their cost does not grow with n.

- A proportion of examples has Wilson's score interval.
- Jaccard is a proportion, TP of TP + FP + FN, and F1 = 2J / (1 + J) grows with it, so both have
  Wilson's interval too.
- Every other score has Wilson's interval for an effective number of examples: a proportion of so
  many examples would vary as much as the score does. How much it varies comes from the delta
  method over multinomial counts. One example of each class, shared by all predictions, is added to
  these counts, since what did not occur in a sample is not impossible. The interval reaches as far
  as those about the score with and without the added examples do; of a macro average and of
  balanced accuracy, also as far as one about the mean of the classes with labels, each with half a
  right example more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, Mapping, NamedTuple, Sequence

from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._options import check_choice, check_confidence

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.counts import (
        Averaging,
        ClassCounts,
        Margins,
        Ratio,
        Real,
    )
    from ml_infra_utils.metrics._types import Average, Decision

    Score = Callable[[Margins], float]

OF_CLASS = {
    "precision": formulas.precision,
    "recall": formulas.recall,
    "specificity": formulas.specificity,
    "jaccard": formulas.jaccard,
    "f1_score": formulas.f1,
    "fbeta_score": None,  # made from beta
}
OF_ALL = {
    "accuracy": formulas.accuracy,
    "balanced_accuracy": formulas.balanced_accuracy,
    "matthews_corrcoef": formulas.matthews_corrcoef,
    "cohen_kappa": formulas.cohen_kappa,
}
_CORRELATIONS = ("matthews_corrcoef", "cohen_kappa")
_AVERAGES: tuple[Averaging, ...] = ("macro", "micro", "weighted")


class Interval(NamedTuple):
    """The two ends of a confidence interval."""

    low: float
    high: float


def interval(
    score: str,
    confidence: float,
    margins: Margins,
    pairs: Mapping[tuple[int, int], Real],
    positive: int | None,
    average: Average | None,
    beta: float,
    zero_division: float = 0.0,
) -> Interval:
    """Return the confidence interval of a score.

    `pairs` holds the counts by index of the label and of the prediction; `positive` is the
    index of the positive class, None if it does not occur.
    """
    check_confidence(confidence)
    check_choice("score", score, (*OF_ALL, *OF_CLASS))
    if score in OF_ALL:
        return _of_all(score, margins, pairs, confidence)
    formula = OF_CLASS[score] or formulas.fbeta(beta)
    check_choice("average", average, ("binary", *_AVERAGES), " for an interval")
    if average in _AVERAGES:
        kind = average
        return _of_score(
            lambda m: formulas.averaged(formula, m, kind, zero_division),
            margins,
            pairs,
            confidence,
            _kindest(formula, margins) if average == "macro" else math.nan,
        )
    if positive is None:
        return Interval(0.0, 1.0)
    counts = margins.of_class(positive)
    if score == "f1_score" or (score == "fbeta_score" and beta == 1):
        low, high = _of_ratio(formulas.jaccard(counts), confidence)
        return Interval(2 * low / (1 + low), 2 * high / (1 + high))
    if score == "fbeta_score":
        index = positive
        return _of_score(
            lambda m: formulas.divide(formula(m.of_class(index)), math.nan),
            margins,
            pairs,
            confidence,
        )
    return _of_ratio(formula(counts), confidence)


def score_by_name(
    score: str, positive: int | None, average: Average | None, beta: float, zero_division: float
) -> Score:
    """Return a score as a function of margins; nan where it is undefined."""
    check_choice("score", score, (*OF_ALL, *OF_CLASS))
    if score in OF_ALL:
        return lambda m: formulas.divide(OF_ALL[score](m), math.nan)
    formula = OF_CLASS[score] or formulas.fbeta(beta)
    if average in _AVERAGES:
        kind = average
        return lambda m: formulas.averaged(formula, m, kind, zero_division)
    return lambda m: (
        math.nan if positive is None else formulas.divide(formula(m.of_class(positive)), math.nan)
    )


def wilson(proportion: float, n: float, confidence: float) -> Interval:
    """Return Wilson's score interval of a proportion of n examples (Wilson 1927)."""
    if not n:
        return Interval(0.0, 1.0)
    z = quantile(confidence)
    shrink = 1 + z * z / n
    centre = (proportion + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(proportion * (1 - proportion) / n + z * z / (4 * n * n))
    low = 0.0 if proportion == 0 else max(0.0, centre - half)
    high = 1.0 if proportion == 1 else min(1.0, centre + half)
    return Interval(low, high)


def difference_interval(
    value: float,
    ends: Interval,
    other: float,
    other_ends: Interval,
    correlation: float = 0.0,
) -> Interval:
    """Return the interval of value - other, two scores (Newcombe 1998, method 10).

    It recovers the variance of each near the ends of its own interval (Zou and Donner 2008), and
    has the confidence of the two intervals. Scores of the same examples are correlated (Zou 2007).
    """
    difference = value - other

    def half(x: float, y: float) -> float:
        return math.sqrt(max(x * x + y * y - 2 * correlation * x * y, 0.0))

    down = half(value - ends.low, other_ends.high - other)
    up = half(ends.high - value, other - other_ends.low)
    return Interval(difference - down, difference + up)


def decision(ends: Interval, margin: float) -> Decision:
    """Say what the interval of a difference, ours minus theirs, tells beside a margin."""
    if ends.low > 0:
        return "better"
    if ends.low > -margin:
        return "not worse"
    return "worse" if ends.high < 0 else "undecided"


def tango(first: int, second: int, n: int, confidence: float) -> Interval:
    """Return the score interval of the difference of two paired proportions (Tango 1998).

    Of n pairs, `first` are of the one kind only and `second` of the other only.
    """
    if not n:
        return Interval(-1.0, 1.0)
    z = quantile(confidence)

    def distance(delta: float) -> float:
        """Return how many standard errors, under this difference, the observed one lies above."""
        b = (2 * n - first + second) * delta - first - second
        c = -second * delta * (1 - delta)
        q = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * q + delta * (1 - delta))
        above = first - second - n * delta
        return above / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, above)

    estimate = (first - second) / n
    low = -1.0 if estimate == -1 else _crossing(distance, z, -1.0, estimate)
    high = 1.0 if estimate == 1 else _crossing(distance, -z, estimate, 1.0)
    return Interval(low, high)


def _crossing(falling: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Return where a falling function has a level, by bisection to the last digits."""
    for _ in range(60):
        middle = (low + high) / 2
        if falling(middle) > level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def quantile(confidence: float) -> float:
    """Return how many standard errors a two-sided normal interval reaches."""
    from statistics import NormalDist  # slow to import

    return -NormalDist().inv_cdf((1 - confidence) / 2)


def _of_ratio(ratio: Ratio, confidence: float) -> Interval:
    return wilson(formulas.divide(ratio, 0.0), float(ratio[1]), confidence)


def _of_all(
    score: str, margins: Margins, pairs: Mapping[tuple[int, int], Real], confidence: float
) -> Interval:
    formula = OF_ALL[score]
    if score == "accuracy":
        return _of_ratio(formula(margins), confidence)
    if score not in _CORRELATIONS:
        kindest = _kindest(formulas.recall, margins)
        return _of_score(
            lambda m: formulas.divide(formula(m), math.nan), margins, pairs, confidence, kindest
        )
    low, high = _of_score(
        lambda m: (1 + formulas.divide(formula(m), math.nan)) / 2, margins, pairs, confidence
    )
    return Interval(2 * low - 1, 2 * high - 1)


def _kindest(formula: Callable[[ClassCounts], Ratio], margins: Margins) -> float:
    """Return the mean score of classes that have a label, each with half a right example more.

    A class without a label may score like the others, and a class with few labels better than
    they say: means of few are too low more often than too high. It is nan if no class has one.
    """
    ratios = [
        formula(type(counts)(*(n + 0.5 for n in counts)))
        for counts in margins.each()
        if counts.actual
    ]
    return math.fsum(hits / of for hits, of in ratios) / len(ratios) if ratios else math.nan


def _of_score(
    score: Score,
    margins: Margins,
    pairs: Mapping[tuple[int, int], Real],
    confidence: float,
    kindest: float = math.nan,
) -> Interval:
    """Return the interval of a smooth score in [0, 1] of the margins; nan is no score.

    It reaches as far as one about the kindest score, too. Classes that were never met stay so:
    to them no examples are added.
    """
    met = [i for i, (p, a) in enumerate(zip(margins.predicted, margins.actual)) if p or a]
    if len(met) < len(margins.hits):
        places = {old: new for new, old in enumerate(met)}
        return _of_score(
            _of_more_classes(score, met, len(margins.hits)),
            formulas.Margins(
                [margins.hits[i] for i in met],
                [margins.predicted[i] for i in met],
                [margins.actual[i] for i in met],
                margins.total,
            ),
            {(places[i], places[j]): n for (i, j), n in pairs.items()},
            confidence,
            kindest,
        )
    n, k = float(margins.total), len(margins.hits)
    value = score(margins) if n else math.nan
    if math.isnan(value):
        return Interval(0.0, 1.0)
    smooth = with_added(margins)
    expected = score(smooth)
    variance = _variance(gradient_of(score, smooth), pairs, n, k / (n + k)) / n
    most = n * k  # each example is a decision about each class
    effective = min(expected * (1 - expected) / variance, most) if variance > 0 else n
    ends = [
        wilson(centre, effective, confidence)
        for centre in (value, expected, kindest)
        if not math.isnan(centre)
    ]
    return Interval(min(end.low for end in ends), max(end.high for end in ends))


def with_added(margins: Margins) -> Margins:
    """Return the margins with one more example of each class, of the same total."""
    n, k = float(margins.total), len(margins.hits)
    mixed = k / (n + k)  # the share of the added examples
    cell = mixed * n / (k * k)
    return formulas.Margins(
        [(1 - mixed) * float(x) + cell for x in margins.hits],
        [(1 - mixed) * float(x) + cell * k for x in margins.predicted],
        [(1 - mixed) * float(x) + cell * k for x in margins.actual],
        n,
    )


def _of_more_classes(score: Score, met: Sequence[int], k: int) -> Score:
    """Return the score of the margins of those classes that were met, of k in all."""

    def spread(values: Sequence[Real]) -> list[Real]:
        column: list[Real] = [0] * k
        for place, value in zip(met, values):
            column[place] = value
        return column

    def of_met(margins: Margins) -> float:
        hits, predicted, actual = map(spread, (margins.hits, margins.predicted, margins.actual))
        return score(formulas.Margins(hits, predicted, actual, margins.total))

    return of_met


def gradient_of(score: Score, margins: Margins) -> Margins:
    """Return the derivative by each proportion of the margins, by central differences."""
    k, n = len(margins.hits), float(margins.total)
    point = [float(x) for x in (*margins.hits, *margins.predicted, *margins.actual, n)]

    def moved(i: int, step: float) -> float:
        return score(_from_vector([*point[:i], point[i] + step, *point[i + 1 :]], k))

    steps = [1e-4 * max(1.0, x) for x in point]
    return _from_vector(
        [n * (moved(i, h) - moved(i, -h)) / (2 * h) for i, h in enumerate(steps)], k
    )


def _from_vector(values: Sequence[float], k: int) -> Margins:
    return formulas.Margins(values[:k], values[k : 2 * k], values[2 * k : 3 * k], values[3 * k])


def _variance(
    gradient: Margins, pairs: Mapping[tuple[int, int], Real], n: float, mixed: float
) -> float:
    """Return the variance of the gradient over one example, observed or added."""
    by_hit, by_prediction, by_label = gradient.hits, gradient.predicted, gradient.actual
    k = len(by_hit)

    def slope(label: int, prediction: int) -> float:
        hit = by_hit[label] if label == prediction else 0.0
        return float(hit + by_label[label] + by_prediction[prediction] + gradient.total)

    observed = [(float(count) / n, slope(*pair)) for pair, count in pairs.items()]
    mean_label, variance_label = _moments(by_label)
    mean_prediction, variance_prediction = _moments(by_prediction)
    any_mean = mean_label + mean_prediction + float(gradient.total)
    any_square = variance_label + variance_prediction + any_mean**2
    for i, hit in enumerate(by_hit):
        any_mean += float(hit) / (k * k)
        any_square += (slope(i, i) ** 2 - (slope(i, i) - float(hit)) ** 2) / (k * k)
    mean = (1 - mixed) * math.fsum(p * g for p, g in observed) + mixed * any_mean
    square = (1 - mixed) * math.fsum(p * g * g for p, g in observed) + mixed * any_square
    return square - mean**2


def _moments(values: Sequence[Real]) -> tuple[float, float]:
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((float(v) - mean) ** 2 for v in values) / len(values)
