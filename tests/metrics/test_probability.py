"""Scores of probabilities: exact on one machine, in agreement with scikit-learn."""

from __future__ import annotations

import math
import sys
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.metrics as sk
from hypothesis import assume, given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import UndefinedMetricWarning

RANKED = {"roc_auc": sk.roc_auc_score, "average_precision": sk.average_precision_score}
PROBABILITIES = {"log_loss": sk.log_loss, "brier_score": sk.brier_score_loss}
CONTAINERS: list[Any] = [list, np.array, pl.Series, pd.Series]
container = pytest.mark.parametrize("container", CONTAINERS)


class Data(NamedTuple):
    scores: list[float]
    labels: list[int]
    weights: list[float] | None


@st.composite
def data(draw: st.DrawFn) -> Data:
    """Examples of both labels, with many ties."""
    score = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1)
    rows = draw(st.lists(st.tuples(score, st.integers(0, 1), st.floats(0.125, 8)), min_size=2))
    assume({label for _, label, _ in rows} == {0, 1})
    weights = [weight for _, _, weight in rows] if draw(st.booleans()) else None
    return Data([score for score, _, _ in rows], [label for _, label, _ in rows], weights)


@pytest.mark.parametrize("name", [*RANKED, *PROBABILITIES])
@given(data=data())
def test_agrees_with_scikit_learn(name: str, data: Data) -> None:
    peer = {**RANKED, **PROBABILITIES}[name]
    expected = peer(data.labels, data.scores, sample_weight=data.weights)
    for container in CONTAINERS:
        columns = container(data.scores), container(data.labels)
        got = getattr(ours, name)(*columns, sample_weight=data.weights)
        assert pytest.approx(expected, rel=1e-9, abs=1e-12) == got, container


@pytest.mark.parametrize("name", [*RANKED, *PROBABILITIES])
def test_long_lists(name: str) -> None:
    generator = np.random.default_rng(0)
    scores, labels = generator.random(500).round(2).tolist(), generator.integers(0, 2, 500).tolist()
    expected = {**RANKED, **PROBABILITIES}[name](labels, scores)
    assert pytest.approx(expected, rel=1e-12) == getattr(ours, name)(scores, labels)


@given(data=data())
def test_roc_auc_is_the_chance_that_a_positive_wins(data: Data) -> None:
    pairs = [
        (p > n) + (p == n) / 2
        for p, hit in zip(data.scores, data.labels)
        if hit
        for n, miss in zip(data.scores, data.labels)
        if not miss
    ]
    assert pytest.approx(sum(pairs) / len(pairs)) == ours.roc_auc(data.scores, data.labels)


@given(data=data())
def test_reversing_the_scores_mirrors_roc_auc(data: Data) -> None:
    mirrored = ours.roc_auc([-score for score in data.scores], data.labels)
    assert pytest.approx(1 - ours.roc_auc(data.scores, data.labels)) == mirrored


def test_any_class_may_be_positive() -> None:
    assert 1.0 == ours.roc_auc([0.9, 0.1, 0.2], ["spam", "ham", "eggs"], "spam")
    assert 1.0 == ours.roc_auc(np.array([0.9, 0.1]), np.array(["spam", "ham"]), "spam")


@pytest.mark.parametrize("name", list(RANKED))
@pytest.mark.parametrize("container", [list, np.array])
def test_without_positives_it_is_nan_with_a_warning(name: str, container: Any) -> None:
    with pytest.warns(UndefinedMetricWarning, match="positive_class 1 never occurs; .* seen: 0"):
        assert math.isnan(getattr(ours, name)(container([0.5, 0.1]), container([0, 0])))


def test_without_negatives_roc_auc_is_nan_with_a_warning() -> None:
    with pytest.warns(UndefinedMetricWarning, match="every label is the positive class 1"):
        assert math.isnan(ours.roc_auc([0.5, 0.1], [1, 1]))


@pytest.mark.parametrize("name", [*RANKED, *PROBABILITIES, "expected_calibration_error"])
@pytest.mark.parametrize("container", [list, np.array])
def test_no_examples_score_nan(name: str, container: Any) -> None:
    assert math.isnan(getattr(ours, name)(container([]), container([])))


@pytest.mark.parametrize("name", ["log_loss", "brier_score", "expected_calibration_error"])
@pytest.mark.parametrize("container", [list, np.array])
@pytest.mark.parametrize("wrong", [1.5, -0.1])
def test_probabilities_outside_zero_to_one_are_refused(
    name: str, container: Any, wrong: float
) -> None:
    message = rf"probabilities must be probabilities in \[0, 1\], got {wrong} at index 1; .*sigmoid"
    with pytest.raises(ValueError, match=message):
        getattr(ours, name)(container([0.5, wrong]), [0, 1])


@pytest.mark.parametrize(
    ("scores", "labels", "error", "message"),
    [
        ([0.5], [1, 0], ValueError, "Scores and labels must have same length, got 1 scores and 2"),
        ([0.5, math.nan], [1, 0], ValueError, "scores must hold finite numbers, got nan at index"),
        ([0.5, "a"], [1, 0], TypeError, r"scores must hold numbers, got 'a' \(str\) at index 1"),
        ([0.5, 0.1], [1, math.nan], ValueError, r"\[1\] must be a class, got nan"),
        ([0.5, 0.1], [1, 0.5], ValueError, r"\[1\] must be a class, got 0\.5"),
        (np.zeros((2, 2)), [1, 0], ValueError, "scores must be one-dimensional"),
    ],
)
def test_wrong_scores_and_labels_are_refused(
    scores: Any, labels: Any, error: type[Exception], message: str
) -> None:
    for name in RANKED:
        with pytest.raises(error, match=message):
            getattr(ours, name)(scores, labels)


@given(data=data())
def test_curves_agree_with_scikit_learn(data: Data) -> None:
    roc = ours.roc_curve(data.scores, data.labels, sample_weight=data.weights)
    false, true, thresholds = sk.roc_curve(
        data.labels, data.scores, sample_weight=data.weights, drop_intermediate=False
    )
    np.testing.assert_allclose(roc.false_positive_rate, false, atol=1e-12)
    np.testing.assert_allclose(roc.true_positive_rate, true, atol=1e-12)
    np.testing.assert_allclose(roc.thresholds[1:], thresholds[1:])
    curve = ours.precision_recall_curve(data.scores, data.labels, sample_weight=data.weights)
    precision, recall, thresholds = sk.precision_recall_curve(
        data.labels, data.scores, sample_weight=data.weights
    )
    np.testing.assert_allclose(curve.precision, precision[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(curve.recall, recall[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(curve.thresholds, thresholds[::-1])


@pytest.mark.filterwarnings("ignore:positive_class 1 never occurs")
@pytest.mark.parametrize(
    ("label", "missing", "rates"), [(0, "positive", "true"), (1, "negative", "false")]
)
def test_a_curve_of_one_kind_of_label_warns_and_its_rate_among_the_others_is_nan(
    label: int, missing: str, rates: str
) -> None:
    scores, labels = [0.5, 0.2], [label, label]
    with pytest.warns(UndefinedMetricWarning, match=f"roc_curve .* no {missing} label"):
        roc = ours.roc_curve(scores, labels)
    assert all(map(math.isnan, getattr(roc, f"{rates}_positive_rate")))
    other = roc.false_positive_rate if rates == "true" else roc.true_positive_rate
    assert other == [0.0, 0.5, 1.0]
    assert roc.thresholds == [math.inf, 0.5, 0.2]


@pytest.mark.filterwarnings("ignore:positive_class 1 never occurs")
def test_the_recall_of_no_positives_is_nan_with_a_warning() -> None:
    with pytest.warns(UndefinedMetricWarning, match="precision_recall_curve .* no positive label"):
        curve = ours.precision_recall_curve([0.5, 0.2], [0, 0])
    assert all(map(math.isnan, curve.recall))
    assert curve.precision == [0.0, 0.0]


ROWS = [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.3, 0.4, 0.3]]


@pytest.mark.parametrize("container", [list, np.array, lambda rows: np.array(rows, np.float32)])
def test_rows_that_do_not_sum_to_one_are_divided_by_their_sum_with_a_warning(
    container: Any,
) -> None:
    expected = ours.log_loss(ROWS, [0, 2, 1])
    halves = container([[x * factor for x in row] for row, factor in zip(ROWS, (1, 0.5, 0.9))])
    with pytest.warns(UserWarning, match="got a sum of 0.5.* in row 1: each row is divided by"):
        assert ours.log_loss(halves, [0, 2, 1]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rows_rounded_to_half_precision_sum_to_one_whatever_they_are_cast_to(dtype: Any) -> None:
    rounded = np.array(ROWS, np.float16).astype(dtype)
    expected = ours.log_loss(ROWS, [0, 2, 1])
    assert ours.log_loss(rounded, [0, 2, 1]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "bfloat16", "list", "scalars"])
@pytest.mark.parametrize("bins", [2, 5, 10, 100])
def test_the_same_probabilities_fall_into_the_same_bins_whatever_their_type(
    kind: str, bins: int
) -> None:
    probabilities: Any = [i / bins for i in range(bins)]
    if kind == "bfloat16":
        torch = pytest.importorskip("torch")
        values = torch.tensor(probabilities, dtype=torch.bfloat16)
    elif kind == "scalars":
        values = list(np.array(probabilities, np.float32))
    else:
        values = probabilities if kind == "list" else np.array(probabilities, kind)
    assert ours.calibration_curve(values, [1] * bins, bins=bins).weight == [1] * bins
    histogram = ours.ScoreHistogram.from_probabilities(values, [1] * bins, bins=bins)
    assert histogram.to_dict()["positives"] == [1] * bins


@pytest.mark.parametrize("kind", [np.float32, np.float64, list])
def test_the_calibration_error_is_one_number_in_single_and_double_precision(kind: Any) -> None:
    probabilities = [0.6, 0.7] if kind is list else np.array([0.6, 0.7], kind)
    assert ours.expected_calibration_error(probabilities, [0, 1]) == pytest.approx(0.45, abs=1e-6)


@container
def test_calibration(container: Any) -> None:
    """Two bins: mean 0.2 with one positive in four, mean 0.9 with all positive."""
    probabilities, labels = [0.2] * 4 + [0.9] * 2, [1, 0, 0, 0, 1, 1]
    curve = ours.calibration_curve(container(probabilities), container(labels))
    assert pytest.approx([0.2, 0.9]) == curve.mean_probability
    assert [0.25, 1.0] == curve.fraction_positive
    assert [4, 2] == curve.weight
    error = ours.expected_calibration_error(container(probabilities), container(labels))
    assert pytest.approx((4 * 0.05 + 2 * 0.1) / 6) == error


@given(data=data())
def test_weights_of_calibration_are_repetitions(data: Data) -> None:
    weights = [1 + i % 3 for i in range(len(data.scores))]
    repeated = [i for i, weight in enumerate(weights) for _ in range(weight)]
    expected = ours.expected_calibration_error(
        [data.scores[i] for i in repeated], [data.labels[i] for i in repeated]
    )
    got = ours.expected_calibration_error(data.scores, data.labels, sample_weight=weights)
    assert pytest.approx(expected, abs=1e-12) == got


@pytest.mark.parametrize("bins", [0, -1, 2.5, True])
def test_bins_are_an_integer_of_at_least_one(bins: Any) -> None:
    with pytest.raises(ValueError, match="bins must be an integer of at least 1, got"):
        ours.expected_calibration_error([0.5], [1], bins=bins)


TABLE = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4], [0.2, 0.5, 0.3]])


@pytest.mark.parametrize("table", [TABLE, pd.DataFrame(TABLE), pl.DataFrame(TABLE)])
@pytest.mark.parametrize("weights", [None, [1, 2, 3, 4]])
def test_log_loss_of_several_classes(table: Any, weights: Any) -> None:
    labels = [0, 2, 1, 1]
    expected = sk.log_loss(labels, TABLE, sample_weight=weights)
    assert pytest.approx(expected) == ours.log_loss(table, labels, sample_weight=weights)
    names = ["c", "a", "b", "b"]
    expected = sk.log_loss(names, TABLE, sample_weight=weights)
    assert pytest.approx(expected) == ours.log_loss(table, names, sample_weight=weights)


@pytest.mark.parametrize("k", [1, 2, 3])
@given(
    scores=st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=3, max_size=3), min_size=3),
    seed=st.integers(0, 99),
)
def test_top_k_accuracy(k: int, scores: list[list[float]], seed: int) -> None:
    labels = [0, 1, 2, *np.random.default_rng(seed).integers(0, 3, len(scores) - 3).tolist()]
    expected = sk.top_k_accuracy_score(labels, scores, k=k) if k < 3 else 1.0
    assert pytest.approx(expected) == ours.top_k_accuracy(scores, labels, k=k)
    assert pytest.approx(expected) == ours.top_k_accuracy(np.array(scores), np.array(labels), k=k)


def test_top_k_accuracy_of_a_batch_without_all_classes() -> None:
    assert 1.0 == ours.top_k_accuracy([[0.1, 0.2, 0.7]], [2], k=1)
    assert 1.0 == ours.top_k_accuracy([[0.1, 0.2, 0.7]], ["c"], k=1, classes=["a", "b", "c"])
    assert 0.0 == ours.top_k_accuracy(np.zeros((0, 3)), [])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ours.top_k_accuracy(TABLE, [0, 1, 2, 0], k=0), "k must be an integer of at least"),
        (lambda: ours.top_k_accuracy([0.1], [0]), r"scores must have a row for each .*\(1,\)"),
        (lambda: ours.top_k_accuracy(TABLE, [0]), "got 4 rows and 1 labels"),
        (lambda: ours.top_k_accuracy(TABLE, [0, 1, 2, 3]), "classes must say whose each column is"),
        (lambda: ours.top_k_accuracy(TABLE, list("abab")), "classes must say whose each column is"),
        (lambda: ours.top_k_accuracy(TABLE * math.inf, [0] * 4), "must hold finite numbers"),
        (lambda: ours.log_loss(TABLE * 2, [0] * 4), r"must be in \[0, 1\], got 1\.4 at row 0"),
        (
            lambda: ours.log_loss(TABLE * [[1], [1], [0], [1]], [0] * 4),
            "rows that sum to 1, got a sum of 0.0 in row 2; drop such rows",
        ),
    ],
)
def test_wrong_tables_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "score",
    [ours.roc_auc, ours.log_loss, ours.brier_score, ours.expected_calibration_error],
)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, math.nan], r"labels\[1\] must be a class, got nan"),
        (np.array([0, 0.5]), r"labels\[1\] must be a class, got 0\.5"),
        ([0, [1]], r"labels\[1\] must be a class, which is hashable, got \[1\]"),
    ],
)
def test_a_wrong_label_is_said_to_be_one(score: Any, labels: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        score([0.1, 0.2], labels)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_data_frame_names_its_columns(frame: Any) -> None:
    table = frame({"spam": [0.9, 0.9, 0.9], "ham": [0.1, 0.1, 0.1]})
    labels = ["spam", "spam", "ham"]
    assert pytest.approx(-(2 * math.log(0.9) + math.log(0.1)) / 3) == ours.log_loss(table, labels)
    assert 2 / 3 == ours.top_k_accuracy(table, labels, k=1)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
@pytest.mark.parametrize(
    ("names", "labels", "message"),
    [
        (["p_b", "p_a"], ["b", "a"], r"'p_b', 'p_a' of scores and labels 'a', 'b'"),
        (["z", "a"], ["z", "b"], r"'z', 'a' of scores and labels 'b', 'z'"),
        (["1", "0"], [1, 1], r"'1', '0' of scores and labels 1"),
    ],
)
def test_labels_that_are_no_names_of_columns_are_refused(
    frame: Any, names: list[str], labels: list[Any], message: str
) -> None:
    table = frame({name: [0.5, 0.5] for name in names})
    with pytest.raises(ValueError, match=f"{message}.*; pass the class of each as classes="):
        ours.top_k_accuracy(table, labels)


def test_a_label_has_the_same_column_in_every_batch() -> None:
    table = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert pytest.approx(-math.log(0.1)) == ours.log_loss(table, [1, 1])
    assert pytest.approx(-math.log(0.9)) == ours.log_loss(table, [1, 1], classes=[1, 2])
    with pytest.raises(
        ValueError,
        match=r"whose each column is, got 2 columns of probabilities and labels 1, 2",
    ):
        ours.log_loss(table, [1, 2])


@pytest.mark.parametrize(
    ("scores", "classes", "message"),
    [
        ([[1, 2], [1]], None, "scores must be a table of numbers with rows of one length"),
        ([["a", "b"], ["c", "d"]], None, "scores must be a table of numbers"),
        (iter([[1, 2], [2, 1]]), None, "scores must be a table of numbers"),
        ([[1, 2], [2, 1]], "ab", "classes must be an iterable of classes, got 'ab'"),
        ([[1, 2], [2, 1]], [["a"], ["b"]], r"classes\[0\] must be hashable, got \['a'\]"),
        (
            [[1, 2], [2, 1]],
            ["a", "b"],
            r"classes must name each column and every label, got 'a', 'b' for 2",
        ),
    ],
)
def test_tables_and_classes_are_checked(scores: Any, classes: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        ours.top_k_accuracy(scores, [0, 1], classes=classes)


@pytest.mark.parametrize("rows", [list, tuple, np.array])
def test_log_loss_takes_rows(rows: Any) -> None:
    assert pytest.approx(-math.log(0.7)) == ours.log_loss(rows([[0.7, 0.3], [0.3, 0.7]]), [0, 1])


def test_rows_of_half_precision_sum_to_about_one() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(10), 500)
    exact = ours.log_loss(rows, [0] * 500)
    assert pytest.approx(exact, rel=1e-3) == ours.log_loss(rows.astype("f2"), [0] * 500)


@pytest.mark.parametrize("score", [ours.log_loss, ours.top_k_accuracy])
def test_without_numpy_scores_of_a_table_say_what_to_install(
    score: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ModuleNotFoundError, match="for each class need NumPy: pip install numpy"):
        score([[0.1, 0.9]], [1])


@pytest.mark.parametrize("k", [3, 4, 10**9])
def test_as_many_guesses_as_classes_or_more_are_always_right(k: int) -> None:
    assert 1.0 == ours.top_k_accuracy([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], [2, 0], k=k)
