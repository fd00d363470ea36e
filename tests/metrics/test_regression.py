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
every_score = pytest.mark.parametrize("name", list(PEERS))
numbers = st.floats(-1e6, 1e6)
rows = st.lists(st.tuples(numbers, numbers, st.floats(0.125, 8)), min_size=2, max_size=40)


def split(rows: list[tuple[float, float, float]]) -> tuple[list[float], list[float], list[float]]:
    return [p for p, _, _ in rows], [y for _, y, _ in rows], [w for _, _, w in rows]


@every_score
@pytest.mark.parametrize("container", [list, np.array, pl.Series, pd.Series])
@given(rows=rows, weighted=st.booleans())
def test_agrees_with_scikit_learn(
    name: str, container: Any, rows: list[tuple[float, float, float]], weighted: bool
) -> None:
    predictions, labels, weights = split(rows)
    assume(max(labels) - min(labels) > 1e-3)  # scikit-learn's mean of equal labels is rounded
    options: dict[str, Any] = {"sample_weight": weights} if weighted else {}
    expected = PEERS[name](labels, predictions, **options)
    got = getattr(ours, name)(container(predictions), container(labels), **options)
    assert pytest.approx(expected, rel=1e-9, abs=1e-9) == got


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
