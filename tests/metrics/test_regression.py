"""Errors of predicted numbers: from one mergeable state, stable at large offsets."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.metrics as sk
from hypothesis import assume, given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import RegressionErrors

PEERS = {
    "mean_absolute_error": sk.mean_absolute_error,
    "mean_squared_error": sk.mean_squared_error,
    "root_mean_squared_error": lambda *args, **kwargs: math.sqrt(
        sk.mean_squared_error(*args, **kwargs)
    ),
    "r2_score": sk.r2_score,
}
# scikit-learn's where it has one; else the formula as it is published.
MORE_PEERS: dict[str, Any] = {
    "mean_absolute_percentage_error": sk.mean_absolute_percentage_error,
    # Weights are eighths, so they stand for repeated rows; scikit-learn before 1.7 takes the lower
    # of two middle ones.
    "median_absolute_error": lambda y, p, sample_weight: np.median(
        np.repeat(
            abs(np.subtract(p, y)),
            1 if sample_weight is None else (np.array(sample_weight) * 8).astype(int),
        )
    ),
    "weighted_absolute_percentage_error": lambda y, p, sample_weight: (
        np.average(abs(np.subtract(p, y)), weights=sample_weight)
        / np.average(abs(np.array(y)), weights=sample_weight)
    ),
    "symmetric_mean_absolute_percentage_error": lambda y, p, sample_weight: np.average(
        2 * abs(np.subtract(p, y)) / (abs(np.array(p)) + abs(np.array(y))), weights=sample_weight
    ),
    "mean_error": lambda y, p, sample_weight: np.average(np.subtract(p, y), weights=sample_weight),
    "max_error": lambda y, p, **_: sk.max_error(y, p),
}
MERGING = [name for name in (*PEERS, *MORE_PEERS) if name != "median_absolute_error"]
every_score = pytest.mark.parametrize("name", [*PEERS, *MORE_PEERS, "mean_pinball_loss"])
numbers = st.floats(-1e6, 1e6)
rows = st.lists(st.tuples(numbers, numbers, st.floats(0.125, 8)), min_size=2, max_size=40)


def split(rows: list[tuple[float, float, float]]) -> tuple[list[float], list[float], list[float]]:
    return [p for p, _, _ in rows], [y for _, y, _ in rows], [w for _, _, w in rows]


@pytest.mark.parametrize("name", PEERS)
@given(rows=rows, weighted=st.booleans())
def test_agrees_with_scikit_learn(
    name: str, rows: list[tuple[float, float, float]], weighted: bool
) -> None:
    predictions, labels, weights = split(rows)
    assume(max(labels) - min(labels) > 1e-3)  # scikit-learn's mean of equal labels is rounded
    options: dict[str, Any] = {"sample_weight": weights} if weighted else {}
    expected = PEERS[name](labels, predictions, **options)
    containers: list[Any] = [list, np.array, pl.Series, pd.Series]
    for container in containers:
        got = getattr(ours, name)(container(predictions), container(labels), **options)
        assert pytest.approx(expected, rel=1e-9, abs=1e-9) == got, container


def test_lists_and_arrays_mix() -> None:
    assert 1.0 == ours.mean_absolute_error(np.array([1.0, 3.0]), [2, 4])


@given(rows=rows, cut=st.integers(0, 40))
def test_parts_add_up_to_the_whole(rows: list[tuple[float, float, float]], cut: int) -> None:
    def of(part: list[tuple[float, float, float]]) -> RegressionErrors:
        predictions, labels, weights = split(part)
        return RegressionErrors.from_predictions(predictions, labels, sample_weight=weights)

    whole, merged = of(rows), sum([of(rows[:cut]), of(rows[cut:])], RegressionErrors())
    assert whole.count == merged.count
    assert pytest.approx(whole.to_dict()["squared"], rel=1e-12) == merged.squared
    assert pytest.approx(whole.label_spread, rel=1e-9, abs=1e-6) == merged.label_spread


@pytest.mark.parametrize("offset", [0.0, 1e8, 1e12, -1e15])
@pytest.mark.parametrize("container", [list, np.array])
def test_large_offsets_cost_no_digits(container: Any, offset: float) -> None:
    labels = [offset + (i * 7919 % 1000) for i in range(1000)]
    predictions = [label + (i % 3 - 1) for i, label in enumerate(labels)]
    parts = [
        RegressionErrors.from_predictions(
            container(predictions[i : i + 10]), container(labels[i : i + 10])
        )
        for i in range(0, 1000, 10)
    ]
    exact = [Fraction(label) for label in labels]
    mean = sum(exact) / 1000
    spread = sum((label - mean) ** 2 for label in exact)
    squared = sum((Fraction(p) - y) ** 2 for p, y in zip(predictions, exact))
    expected = float(1 - squared / spread)
    whole = ours.r2_score(container(predictions), container(labels))
    assert pytest.approx(expected, rel=1e-12) == whole
    # Adding means rounds each to the digits that the offset leaves.
    tolerance = 1e-12 if abs(offset) < 1e13 else 1e-3
    assert pytest.approx(expected, rel=tolerance) == sum(parts, RegressionErrors()).r2_score


@every_score
def test_no_examples_score_nan(name: str) -> None:
    assert math.isnan(getattr(ours, name)([], []))
    assert math.isnan(getattr(ours, name)([1.0], [1.0], sample_weight=[0.0]))


@pytest.mark.parametrize(
    ("predictions", "labels", "expected"),
    [([1.0, 1.0], [1.0, 1.0], 1.0), ([1.0, 2.0], [1.0, 1.0], 0.0), ([1.0], [1.0], math.nan)],
)
def test_r2_of_constant_labels(
    predictions: list[float], labels: list[float], expected: float
) -> None:
    assert pytest.approx(expected, nan_ok=True) == ours.r2_score(predictions, labels)


@every_score
@pytest.mark.parametrize(
    ("predictions", "error", "message"),
    [
        ([1.0, math.nan], ValueError, "predictions must hold finite numbers, got nan at index 1"),
        (np.array([1.0, math.inf]), ValueError, "got inf at index 1"),
        ([1.0, "2"], TypeError, r"predictions must hold numbers, got '2' \(str\) at index 1"),
        ([1.0, None], TypeError, "predictions must hold numbers, got None at index 1"),
        ([1.0], ValueError, "got 1 predictions and 2 labels"),
        (np.zeros((2, 1)), ValueError, r"must be one-dimensional, got an array of shape \(2, 1\)"),
        ("12", TypeError, "predictions must be a sequence of numbers, got '12'"),
    ],
)
def test_wrong_predictions_are_refused(
    name: str, predictions: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        getattr(ours, name)(predictions, [1.0, 2.0])


@pytest.mark.parametrize("container", [list, np.array])
@pytest.mark.parametrize("values", [[1e200, 0.0], [1e308, -1e308]])
def test_errors_too_large_to_square_are_refused(container: Any, values: list[float]) -> None:
    for columns in ((values, [0.0, 0.0]), ([0.0, 0.0], values)):
        with pytest.raises(
            ValueError, match="squared errors that a float can hold, got an overflow; scale both"
        ):
            ours.mean_squared_error(*map(container, columns))


def exact_r2(predictions: list[float], labels: list[float], weights: list[float]) -> float:
    """Compute with fractions, which do not round."""
    p, y, w = ([Fraction(x) for x in column] for column in (predictions, labels, weights))
    mean = sum(b * a for a, b in zip(w, y)) / sum(w)
    spread = sum(a * (b - mean) ** 2 for a, b in zip(w, y))
    squared = sum(a * (c - b) ** 2 for a, b, c in zip(w, y, p))
    return float(1 - squared / spread) if spread else float(not squared)


# The square of a smaller one is no float.
errors = st.floats(-1, 1).filter(lambda error: error == 0 or abs(error) > 1e-150)


@pytest.mark.parametrize("container", [list, np.array])
@given(
    offset=st.floats(-1e12, 1e12),
    rows=st.lists(
        st.tuples(errors, st.sampled_from([0.0, 0.1, 1.0]), st.floats(1e-3, 1e3)),
        min_size=2,
        max_size=9,
    ),
)
def test_r2_is_that_of_fractions_at_any_offset(
    container: Any, offset: float, rows: list[tuple[float, float, float]]
) -> None:
    added, labels, weights = split(rows)
    labels = [offset + label for label in labels]
    predictions = [label + error for label, error in zip(labels, added)]
    got = ours.r2_score(container(predictions), container(labels), sample_weight=container(weights))
    expected = exact_r2(predictions, labels, weights)
    assert pytest.approx(expected, rel=1e-9, abs=1e-9) == got


@pytest.mark.parametrize("container", [list, np.array])
@given(label=st.floats(-1e8, 1e8), n=st.integers(2, 9), weight=st.floats(0.1, 10))
def test_equal_labels_have_no_spread(container: Any, label: float, n: int, weight: float) -> None:
    errors = RegressionErrors.from_predictions(
        container([label + 1] * n), container([label] * n), sample_weight=container([weight] * n)
    )
    assert 0.0 == errors.label_spread == (errors + errors).label_spread
    assert 0.0 == errors.r2_score


@pytest.mark.parametrize("container", [list, np.array])
def test_weights_too_small_to_multiply_are_refused(container: Any) -> None:
    with pytest.raises(
        ValueError, match=r"weight of at least 1e-290, got 5e-324 as the largest; scale"
    ):
        ours.mean_squared_error([1.0, 2.0], [1.5, 2.5], sample_weight=container([5e-324, 0.0]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((-1,), r"count must be an integer of at least 0, got -1 \(int\)"),
        ((1.0,), r"count must be an integer of at least 0, got 1\.0 \(float\)"),
        ((1, -1.0), r"weight must be a finite number of at least 0, got -1\.0"),
        ((1, 1.0, math.nan), "absolute must be a finite number of at least 0, got nan"),
        ((1, 1.0, 1.0, math.inf), "squared must be a finite number of at least 0, got inf"),
        ((1, 1.0, 1.0, 1.0, math.nan), "label_mean must be a finite number, got nan"),
        ((1, 1.0, 1.0, 1.0, -1.0, -1.0), "label_spread must be a finite number of at least 0"),
    ],
)
def test_sums_that_cannot_be_are_refused(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RegressionErrors(*values)


def test_a_merge_that_overflows_is_refused() -> None:
    far = RegressionErrors.from_predictions([1e200], [1e200])
    with pytest.raises(ValueError, match="squared errors that a float can hold, got an overflow"):
        far + RegressionErrors.from_predictions([-1e200], [-1e200])


nonzero = st.floats(0.125, 1e6) | st.floats(-1e6, -0.125)
eighths = st.integers(1, 64).map(lambda n: n / 8)  # sums of which are exact


@given(
    rows=st.lists(st.tuples(nonzero, nonzero, eighths), min_size=1, max_size=20),
    weighted=st.booleans(),
    container=st.sampled_from([list, np.array]),
)
def test_more_scores_are_those_of_their_peers(rows: Any, weighted: bool, container: Any) -> None:
    predictions, labels, weights = split(rows)
    given_weights = weights if weighted else None
    for name, peer in MORE_PEERS.items():
        expected = peer(labels, predictions, sample_weight=given_weights)
        columns = container(predictions), container(labels)
        got = getattr(ours, name)(*columns, sample_weight=given_weights)
        assert pytest.approx(expected, rel=1e-9, abs=1e-9) == got, name


@given(
    rows=st.lists(st.tuples(numbers, numbers, eighths), min_size=1, max_size=20),
    alpha=st.floats(0, 1),
)
def test_the_pinball_loss_of_any_quantile_is_scikit_learns(rows: Any, alpha: float) -> None:
    predictions, labels, weights = split(rows)
    expected = sk.mean_pinball_loss(labels, predictions, sample_weight=weights, alpha=alpha)
    got = ours.mean_pinball_loss(predictions, labels, sample_weight=weights, alpha=alpha)
    assert pytest.approx(expected, rel=1e-9, abs=1e-9) == got


@given(rows=rows, cut=st.integers(0, 40))
def test_scores_of_merged_parts_are_those_of_the_whole(rows: Any, cut: int) -> None:
    def of(part: Any) -> RegressionErrors:
        predictions, labels, weights = split(part)
        return RegressionErrors.from_predictions(predictions, labels, sample_weight=weights)

    whole, merged = of(rows), of(rows[:cut]) + of(rows[cut:])
    assume(whole.label_spread > 1e-3)
    for name in MERGING:
        close = pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-9)
        assert close == getattr(merged, name), name
    assert pytest.approx(whole.mean_pinball_loss(alpha=0.9)) == merged.mean_pinball_loss(alpha=0.9)


@pytest.mark.parametrize("container", [list, np.array])
def test_relative_errors_of_labels_that_are_zero(container: Any) -> None:
    guesses, zeros = container([0.0, 1.0]), container([0.0, 0.0])
    assert math.isnan(ours.weighted_absolute_percentage_error(guesses, zeros))
    assert 1.0 == ours.symmetric_mean_absolute_percentage_error(guesses, zeros)
    expected = sk.mean_absolute_percentage_error(zeros, guesses)
    assert expected == ours.mean_absolute_percentage_error(guesses, zeros)


def test_examples_of_weight_zero_are_neither_the_largest_error_nor_the_median() -> None:
    columns, weights = ([1.0, 2.0, 9.0], [1.0, 1.0, 1.0]), [1.0, 1.0, 0.0]
    assert 1.0 == ours.max_error(*columns, sample_weight=weights)
    assert 0.5 == ours.median_absolute_error(*columns, sample_weight=weights)


TARGETS = [[1.0, 2.0], [3.0, 5.0], [2.0, 4.0]], [[1.5, 2.0], [2.0, 2.0], [2.0, 7.0]]
MULTIOUTPUT = {
    name: getattr(sk, name)
    for name in (
        "mean_absolute_error",
        "mean_squared_error",
        "r2_score",
        "mean_absolute_percentage_error",
        "median_absolute_error",
        "mean_pinball_loss",
    )
}


@pytest.mark.parametrize(
    "name", [name for name in MULTIOUTPUT if name != "root_mean_squared_error"]
)
@pytest.mark.parametrize("container", [list, np.array, pd.DataFrame, pl.DataFrame])
def test_several_targets_are_averaged_as_by_scikit_learn(name: str, container: Any) -> None:
    predictions, labels = map(container, np.array(TARGETS) if container is not list else TARGETS)
    score: Any = getattr(ours, name)
    for average, theirs in (("macro", "uniform_average"), ([0.25, 0.75], [0.25, 0.75])):
        expected = MULTIOUTPUT[name](*reversed(TARGETS), multioutput=theirs)
        assert pytest.approx(expected) == score(predictions, labels, average=average)
    expected = MULTIOUTPUT[name](*reversed(TARGETS), multioutput="raw_values")
    got = score(predictions, labels, average=None)
    assert [0, 1] == list(got)
    assert pytest.approx(list(expected)) == list(got.values())


def test_targets_of_frames_are_named_and_paired_by_name() -> None:
    labels = pd.DataFrame({"low": [1.0, 2.0], "high": [5.0, 6.0]})
    predictions = pd.DataFrame({"high": [5.0, 6.0], "low": [2.0, 4.0]})
    assert {"low": 1.5, "high": 0.0} == ours.mean_absolute_error(predictions, labels, average=None)
    assert {0: 1.0} == ours.max_error([1.0], [2.0], average=None)


@pytest.mark.parametrize(
    ("predictions", "labels", "average", "message"),
    [
        (np.ones((2, 2)), np.ones((2, 3)), "macro", "one column for each target, got 2 and 3 col"),
        (np.ones((2, 2)), np.ones((3, 2)), "macro", "got 2 predictions and 3 labels"),
        (np.ones((2, 2)), np.ones(2), "macro", "labels must have a column for each target, as the"),
        (np.ones(2), np.ones((2, 2)), "macro", "predictions must have a column for each target"),
        (np.ones((2, 2)), np.array([[1, math.nan]] * 2), "macro", "labels must hold finite numb"),
        (
            np.ones((2, 2)),
            np.ones((2, 2)),
            "micro",
            r"average must be one of 'macro', None, or",
        ),
        (np.ones((2, 2)), np.ones((2, 2)), [1.0], "average must have a weight .* of 2 targets"),
        (np.ones((2, 2)), np.ones((2, 2)), [0.0, 0.0], "average must have a weight of at least 0"),
        (np.ones((2, 2)), np.ones((2, 2)), [-1.0, 3.0], "average must have a weight of at least 0"),
    ],
)
def test_targets_of_different_shape_and_wrong_averages_are_refused(
    predictions: Any, labels: Any, average: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ours.mean_absolute_error(predictions, labels, average=average)


@pytest.mark.parametrize("alpha", [-0.1, 1.1, math.nan, "0.5", None])
def test_a_quantile_lies_between_0_and_1(alpha: Any) -> None:
    with pytest.raises(ValueError, match=r"alpha must be in \[0, 1\], got"):
        ours.mean_pinball_loss([1.0], [1.0], alpha=alpha)
    with pytest.raises(ValueError, match="alpha must be in"):
        RegressionErrors().mean_pinball_loss(alpha=alpha)


def test_documents_with_errors_that_cannot_be_are_refused() -> None:
    document = RegressionErrors.from_predictions([1.0, 2.0], [2.0, 2.0]).to_dict()
    with pytest.raises(ValueError, match="error must be at most the sum of absolute errors, got"):
        RegressionErrors.from_dict({**document, "error": -2.0})
