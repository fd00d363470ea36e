"""ScoreHistogram: mergeable scores of probabilities, with bounds that hold."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ScoreHistogram, UndefinedMetricWarning
from tests.metrics.states import read_back

SCORES = ["roc_auc", "average_precision", "log_loss", "brier_score", "expected_calibration_error"]
# Ties and bin edges are where bounds fail, so they are drawn often.
probabilities = st.floats(0, 1) | st.integers(0, 20).map(lambda i: i / 20)
labels = st.integers(0, 1)
rows = st.lists(st.tuples(probabilities, labels), min_size=2, max_size=60)
weights = st.sampled_from([0.0, 0.1, 1.0, 3.0]) | st.floats(1e-3, 1e3)
weighted_rows = st.lists(st.tuples(probabilities, labels, weights), min_size=2, max_size=60)


def of(rows: list[tuple[float, int]], bins: int = 1000) -> ScoreHistogram:
    return ScoreHistogram.from_probabilities([p for p, _ in rows], [y for _, y in rows], bins=bins)


@pytest.mark.parametrize("bins", [10, 50, 1000])
@given(rows=rows)
def test_bounds_hold_the_exact_score_and_the_estimate(
    bins: int, rows: list[tuple[float, int]]
) -> None:
    assume({label for _, label in rows} == {0, 1})
    histogram = of(rows, bins)
    predicted, actual = [p for p, _ in rows], [y for _, y in rows]
    for score in SCORES:
        low, high = histogram.bounds(score)
        for column in (predicted, np.array(predicted)):
            assert low <= getattr(ours, score)(column, actual) <= high, score
        assert low <= getattr(histogram, score)() <= high, score


@given(rows=weighted_rows)
def test_bounds_hold_the_score_of_weighted_examples(rows: list[tuple[float, int, float]]) -> None:
    assume({label for _, label, weight in rows if weight} == {0, 1})
    predicted, actual, shares = zip(*rows)
    histogram = ScoreHistogram.from_probabilities(predicted, actual, bins=10, sample_weight=shares)
    for score in SCORES:
        exact = getattr(ours, score)(predicted, actual, sample_weight=shares)
        low, high = histogram.bounds(score)
        assert low <= exact <= high, score
        assert low <= getattr(histogram, score)() <= high, score


def test_positives_that_tie_above_all_negatives_of_their_bin_are_within_the_bounds() -> None:
    scores = [0.95] * 100 + [0.55] * 10 + [0.51] * 100
    actual = [0] * 100 + [1] * 10 + [0] * 100
    low, high = ScoreHistogram.from_probabilities(scores, actual, bins=10).bounds(
        "average_precision"
    )
    assert low < ours.average_precision(scores, actual) <= high
    assert pytest.approx(10 / 110) == high


@pytest.mark.parametrize("container", [list, np.array])
@pytest.mark.parametrize("bins", [1, 3, 10, 100, 1000])
def test_each_bin_holds_its_lower_end_and_no_float_below_it(container: Any, bins: int) -> None:
    ends = [i / bins for i in range(bins)]
    at = ScoreHistogram.from_probabilities(container(ends), [1] * bins, bins=bins)
    assert (1,) * bins == at.positives
    below = np.nextafter(ends[1:], 0).tolist()
    histogram = ScoreHistogram.from_probabilities(container([*below, 1.0]), [1] * bins, bins=bins)
    assert (1,) * bins == histogram.positives


@given(rows=weighted_rows, cut=st.integers(0, 60))
@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
def test_weights_add_up_exactly_in_any_order_and_container(
    rows: list[tuple[float, int, float]], cut: int
) -> None:
    def weighted(rows: list[tuple[float, int, float]], container: Any) -> ScoreHistogram:
        columns = zip(*rows) if rows else ([], [], [])
        predicted, actual, shares = map(container, columns)
        return ScoreHistogram.from_probabilities(predicted, actual, bins=20, sample_weight=shares)

    whole = weighted(rows, list)
    assert whole == weighted(rows[::-1], np.array)
    assert whole == weighted(rows[cut:], np.array) + weighted(rows[:cut], list)
    assert whole == read_back(whole)
    assert whole == pickle.loads(pickle.dumps(whole))
    assert pytest.approx(math.fsum(weight for *_, weight in rows)) == whole.total


def test_a_whole_weight_counts_as_so_many_examples() -> None:
    weighted = ScoreHistogram.from_probabilities([0.2, 0.7], [0, 1], sample_weight=[2, 3.0])
    assert ScoreHistogram.from_probabilities([0.2] * 2 + [0.7] * 3, [0] * 2 + [1] * 3) == weighted


@pytest.mark.parametrize("score", SCORES)
def test_a_thousand_bins_give_three_decimals(score: str) -> None:
    generator = np.random.default_rng(3)
    probabilities = generator.beta(2, 3, 100_000)
    labels = (generator.random(100_000) < probabilities).astype(int)
    histogram = ScoreHistogram.from_probabilities(probabilities, labels)
    exact = getattr(ours, score)(probabilities, labels)
    low, high = histogram.bounds(score)
    assert pytest.approx(exact, abs=5e-4) == getattr(histogram, score)()
    assert low <= exact <= high
    assert high - low <= 3e-3


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@given(rows=rows, cut=st.integers(0, 60))
def test_parts_add_up_to_the_whole(rows: list[tuple[float, int]], cut: int) -> None:
    merged = sum([of(rows[cut:]), of(rows[:cut])])
    assert of(rows) == merged
    assert hash(of(rows)) == hash(merged)
    assert len(rows) == merged.total


def test_lists_and_arrays_give_the_same_bins() -> None:
    probabilities = [i / 100 for i in range(101)]
    labels = [i % 2 for i in range(101)]
    from_list = ScoreHistogram.from_probabilities(probabilities, labels, bins=100)
    from_array = ScoreHistogram.from_probabilities(np.array(probabilities), labels, bins=100)
    assert from_list == from_array


def test_curves_are_those_of_binned_scores() -> None:
    histogram = ScoreHistogram([0, 1, 0, 3], [2, 1, 0, 0])
    assert [0.0, 0.0, 1 / 3, 1.0] == histogram.roc_curve().false_positive_rate
    assert [0.75, 0.25, 0.0] == histogram.precision_recall_curve().thresholds
    assert [0.125, 0.375, 0.875] == histogram.calibration_curve(bins=4).mean_probability


def test_calibration_bins_divide_those_of_the_histogram() -> None:
    with pytest.raises(ValueError, match="bins must divide the 4 bins of the histogram, got 3"):
        ScoreHistogram([1] * 4, [1] * 4).expected_calibration_error(bins=3)


def test_one_kind_of_label_only() -> None:
    positives, negatives = ScoreHistogram([0, 1], [0, 0]), ScoreHistogram([0, 0], [0, 1])
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan: no label is negative"):
        assert math.isnan(positives.roc_auc())
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan: no label is positive"):
        assert math.isnan(negatives.roc_auc())
    with pytest.warns(UndefinedMetricWarning, match="average_precision is nan"):
        assert math.isnan(negatives.average_precision())
    with pytest.warns(UndefinedMetricWarning, match="roc_curve .* no negative label"):
        assert all(map(math.isnan, positives.roc_curve().false_positive_rate))
    with pytest.warns(UndefinedMetricWarning, match="precision_recall_curve .* no positive label"):
        assert all(map(math.isnan, negatives.precision_recall_curve().recall))


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("label", [0, 1])
def test_a_score_of_one_kind_of_label_is_that_of_the_middles_of_bins(
    score: str, label: int
) -> None:
    middles, counts, none = [0.125, 0.625, 0.625, 0.875], [1, 0, 2, 1], [0] * 4
    histogram = ScoreHistogram(counts, none) if label else ScoreHistogram(none, counts)
    options = {"bins": 4} if score == "expected_calibration_error" else {}
    exact = getattr(ours, score)(middles, [label] * 4, **options)
    assert pytest.approx(exact, nan_ok=True) == getattr(histogram, score)(**options)


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("label", [0, 1])
def test_bounds_of_one_kind_of_label_hold_the_exact_score(score: str, label: int) -> None:
    probabilities, labels = [0.03, 0.51, 0.62, 0.99], [label] * 4
    low, high = ScoreHistogram.from_probabilities(probabilities, labels, bins=10).bounds(score)
    exact = getattr(ours, score)(probabilities, labels)
    assert low <= exact <= high or all(map(math.isnan, (low, exact, high)))


def test_no_examples_score_nan() -> None:
    empty = ScoreHistogram([0] * 10, [0] * 10)
    assert all(math.isnan(getattr(empty, score)()) for score in SCORES)
    assert all(math.isnan(end) for end in empty.bounds("roc_auc"))


def test_unknown_score_is_refused() -> None:
    with pytest.raises(ValueError, match=r"score must be one of 'roc_auc', .* got 'f1_score'"):
        ScoreHistogram([1], [1]).bounds("f1_score")


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@given(rows=rows)
def test_json_round_trip_obeys_the_schema(rows: list[tuple[float, int]]) -> None:
    assert of(rows, 10) == read_back(of(rows, 10))


@pytest.mark.parametrize(
    ("positives", "negatives", "message"),
    [
        ([1, -1], [0, 0], r"positives\[1\] must be a finite number of at least 0, got -1"),
        ([1, 1], [0, math.inf], r"negatives\[1\] must be a finite number of at least 0, got inf"),
        ([1], [0, 0], "the same number of bins, at least 1, got 1 and 2"),
        ([], [], "the same number of bins, at least 1, got 0 and 0"),
    ],
)
def test_wrong_counts_are_refused(positives: Any, negatives: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScoreHistogram(positives, negatives)


def test_numbers_of_numpy_are_counts_and_text_is_not() -> None:
    counts = np.array([200, 100], dtype=np.uint8)
    assert ScoreHistogram([200, 100], [1, 2]) == ScoreHistogram(counts, np.array([1.0, 2.0]))
    assert 303 == ScoreHistogram(counts, [1, 2]).total
    with pytest.raises(TypeError, match=r"positives\[0\] must be a finite number .* got '1'"):
        ScoreHistogram(["1"], [1])  # type: ignore[list-item]  # what is refused


def test_only_histograms_of_equal_bins_are_added() -> None:
    with pytest.raises(ValueError, match="histograms must have equal bins to add up, got 1 and 2"):
        ScoreHistogram([1], [1]) + ScoreHistogram([1, 0], [1, 0])
    with pytest.raises(TypeError):
        ScoreHistogram([1], [1]) + 1


@pytest.mark.parametrize(
    ("scores", "expected"), [([0.2, 0.8], (1.0, 1.0)), ([0.8, 0.2], (0.0, 0.0))]
)
def test_average_precision_of_weights_of_any_ratio(
    scores: list[float], expected: tuple[float, float]
) -> None:
    histogram = ScoreHistogram.from_probabilities(scores, [0, 1], sample_weight=[1e300, 1e-300])
    assert expected[0] == histogram.average_precision()
    assert pytest.approx(expected, abs=1e-11) == histogram.bounds("average_precision")
