"""Areas, Brier scores and calibration errors of several classes and of tables of labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ScoreHistogram, UndefinedMetricWarning

RANDOM = np.random.default_rng(5)
CLASSES = ["cat", "dog", "fox"]
TABLE = RANDOM.dirichlet([1, 1, 1], 60).round(1)  # ties
TABLE = np.hstack([TABLE[:, :2], 1 - TABLE[:, :2].sum(axis=1, keepdims=True)]).clip(0, 1)
LABELS = RANDOM.choice(CLASSES, 60, p=[0.6, 0.3, 0.1])
FLAGS = RANDOM.random((60, 3)) < [0.7, 0.4, 0.2]
WEIGHTS = RANDOM.integers(0, 4, 60).astype(float)
weighted = pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])


@weighted
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_each_class_against_the_rest_as_in_scikit_learn(average: Any, weights: Any) -> None:
    options: Any = {"average": average, "sample_weight": weights}
    expected = sk.roc_auc_score(LABELS, TABLE, multi_class="ovr", labels=CLASSES, **options)
    got = ours.roc_auc(TABLE, LABELS, classes=CLASSES, **options)
    assert pytest.approx(expected, rel=1e-12) == got
    expected = sk.average_precision_score(LABELS, TABLE, **options)
    got = ours.average_precision(TABLE, LABELS, classes=CLASSES, **options)
    assert pytest.approx(expected, rel=1e-12) == got


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_each_class_against_each_other_as_in_scikit_learn(average: Any) -> None:
    expected = sk.roc_auc_score(LABELS, TABLE, multi_class="ovo", average=average, labels=CLASSES)
    got = ours.roc_auc(TABLE, LABELS, average=average, multi_class="ovo", classes=CLASSES)
    assert pytest.approx(expected, rel=1e-12) == got


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_a_weight_counts_as_so_many_examples_one_against_one(average: Any) -> None:
    often = WEIGHTS.astype(int)
    options: Any = {"average": average, "multi_class": "ovo", "classes": CLASSES}
    expected = ours.roc_auc(TABLE.repeat(often, axis=0), LABELS.repeat(often), **options)
    got = ours.roc_auc(TABLE, LABELS, sample_weight=WEIGHTS, **options)
    assert pytest.approx(expected, rel=1e-12) == got


@weighted
@pytest.mark.parametrize("average", ["macro", "weighted", "micro", None])
@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_tables_of_labels_as_in_scikit_learn(name: str, average: Any, weights: Any) -> None:
    peer: Any = getattr(sk, f"{name}_score")
    expected = peer(FLAGS, TABLE, average=average, sample_weight=weights)
    got = getattr(ours, name)(TABLE, FLAGS, average=average, sample_weight=weights)
    assert pytest.approx(expected) == (list(got.values()) if average is None else got)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_the_mean_over_samples_as_in_scikit_learn(name: str) -> None:
    rows = FLAGS.any(axis=1) & ~FLAGS.all(axis=1)
    table, flags, weights = TABLE[rows], FLAGS[rows], WEIGHTS[rows] + 1
    for w in (None, weights):
        peer: Any = getattr(sk, f"{name}_score")
        expected = peer(flags, table, average="samples", sample_weight=w)
        got = getattr(ours, name)(table, flags, average="samples", sample_weight=w)
        assert pytest.approx(expected) == got


@given(st.data())
def test_of_two_classes_the_mean_is_the_area_of_either(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1))
    rows += [(3, True), (5, False)]
    p, hits = np.array([row[0] / 8 for row in rows]), np.array([row[1] for row in rows]).astype(int)
    expected = ours.roc_auc(p, hits)
    table = np.column_stack([1 - p, p])
    for multi_class in ("ovr", "ovo"):
        options: Any = {"average": "macro", "multi_class": multi_class}
        assert pytest.approx(expected) == ours.roc_auc(table, hits, **options)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_columns_of_frames_name_classes_and_labels(frame: Any) -> None:
    table = frame(dict(zip(CLASSES, TABLE.T)))
    by_class = ours.roc_auc(table, LABELS, average=None)
    assert CLASSES == list(by_class)
    assert by_class["dog"] == ours.roc_auc(TABLE[:, 1], LABELS, "dog")
    turned = frame({name: FLAGS[:, i] for i, name in reversed([*enumerate(CLASSES)])})
    assert pytest.approx(sk.roc_auc_score(FLAGS, TABLE)) == ours.roc_auc(
        table, turned, average="macro"
    )


@pytest.mark.parametrize(
    ("name", "kinds"), [("roc_auc", "positive or no negative"), ("average_precision", "positive")]
)
def test_a_class_that_never_occurs_is_nan_and_left_out_with_a_warning(
    name: str, kinds: str
) -> None:
    score = getattr(ours, name)
    labels = np.where(LABELS == "fox", "cat", LABELS)
    expected = [score(TABLE[:, i], labels, CLASSES[i]) for i in range(2)]
    message = f"{name} is nan for 'fox': there is no {kinds} label; averages leave that out"
    with pytest.warns(UndefinedMetricWarning, match=message):
        by_class = score(TABLE, labels, average=None, classes=CLASSES)
    assert pytest.approx([*expected, math.nan], nan_ok=True) == list(by_class.values())
    with pytest.warns(UndefinedMetricWarning, match="averages leave that out"):
        got = score(TABLE, labels, average="macro", classes=CLASSES)
    assert pytest.approx(sum(expected) / 2) == got


def test_pairs_and_rows_that_are_undefined_are_named() -> None:
    with pytest.warns(UndefinedMetricWarning, match=r"nan for \('a', 'c'\), \('b', 'c'\): "):
        ours.roc_auc(
            TABLE, ["a", "b"] * 30, average="macro", multi_class="ovo", classes=list("abc")
        )
    flags = np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]])
    with pytest.warns(UndefinedMetricWarning, match="average_precision is nan for 2 rows: "):
        got = ours.average_precision(TABLE[:3], flags, average="samples")
    assert 1.0 == got
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan for all decisions: "):
        assert math.isnan(ours.roc_auc(TABLE[:1], np.ones((1, 3)), average="micro"))


def test_no_examples_score_nan_without_a_warning() -> None:
    nothing: Any = np.zeros((0, 2))
    assert math.isnan(ours.roc_auc(nothing, nothing, average="macro"))
    assert math.isnan(ours.roc_auc(nothing, [], average="macro", multi_class="ovo"))
    assert all(map(math.isnan, ours.roc_auc(nothing, nothing, average=None).values()))
    assert math.isnan(ours.brier_score(nothing, []))


@pytest.mark.parametrize(
    ("container", "column"),
    [
        (np.array, r", for instance \[:, 1\]"),
        (pd.DataFrame, ""),
        (np.ndarray.tolist, r", for instance \[row\[1\] for row in rows\]"),
    ],
)
def test_a_table_asks_for_an_average_and_the_hint_is_right(container: Any, column: str) -> None:
    table, labels = container(np.column_stack([TABLE[:, 0], 1 - TABLE[:, 0]])), LABELS != "cat"
    message = f"the column of the positive class{column}, or average='macro' for all classes"
    with pytest.raises(ValueError, match=message):
        ours.roc_auc(table, labels)
    assert pytest.approx(sk.roc_auc_score(labels, 1 - TABLE[:, 0])) == ours.roc_auc(
        table, labels, average="macro"
    )


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"average": "median"}, "average must be one of 'macro', .* for a table, got 'median'"),
    ({"average": "samples"}, "average must be one of 'macro', .* for a table, got 'samples'"),
    ({"average": "micro", "multi_class": "ovo"}, "for multi_class='ovo', got 'micro'"),
    ({"multi_class": "ovo"}, "for multi_class='ovo', got 'binary'"),
    ({"average": "macro", "multi_class": "one"}, "multi_class must be one of 'ovr', 'ovo', got"),
    ({"average": "macro", "classes": ["cat", "dog"]}, "classes must name each column and every"),
    ({"average": "macro", "classes": CLASSES, "sample_weight": [1]}, "got 1 weights for 60"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_wrong_options_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ours.roc_auc(TABLE, LABELS, **{"classes": CLASSES, **options})


@pytest.mark.parametrize(
    ("scores", "labels", "options", "message"),
    [
        (TABLE[:, :2], FLAGS, {}, "one column for each label, got 2 and 3 columns"),
        (TABLE[:5], FLAGS, {}, "got 5 scores and 60 labels"),
        (TABLE[:, :2], LABELS, {}, "got 2 columns of scores and labels 'cat', 'dog', 'fox'"),
        (TABLE, FLAGS, {"classes": CLASSES}, "classes must be None for a table of labels"),
        (TABLE, FLAGS, {"multi_class": "ovo"}, "multi_class must be 'ovr' for a table of labels"),
        (TABLE[:, 0], FLAGS[:, 0], {}, "scores must be a table .*, got one column; pass average="),
        (TABLE, FLAGS * 2, {}, "labels must hold 0 and 1, got 2"),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    scores: Any, labels: Any, options: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ours.roc_auc(scores, labels, average="macro", **options)


@weighted
def test_the_brier_score_of_classes_is_that_of_scikit_learn(weights: Any) -> None:
    squares = ((TABLE - (LABELS[:, None] == CLASSES)) ** 2).sum(axis=1)
    got = ours.brier_score(TABLE, LABELS, classes=CLASSES, sample_weight=weights)
    assert pytest.approx(np.average(squares, weights=weights)) == got
    two = np.column_stack([1 - TABLE[:, 0], TABLE[:, 0]])
    assert pytest.approx(sk.brier_score_loss(LABELS == "cat", TABLE[:, 0])) == ours.brier_score(
        two, (LABELS == "cat").astype(int)
    )


@weighted
def test_the_brier_score_of_labels_is_the_mean_of_their_columns(weights: Any) -> None:
    each = [sk.brier_score_loss(FLAGS[:, i], TABLE[:, i], sample_weight=weights) for i in range(3)]
    got = ours.brier_score(TABLE, FLAGS, sample_weight=weights)
    assert pytest.approx(sum(each) / 3) == got


def test_rows_that_do_not_sum_to_1_are_divided_with_a_warning_and_labels_need_not() -> None:
    with pytest.warns(UserWarning, match="must have rows that sum to 1, got a sum of 0.5"):
        assert 0.0 == ours.brier_score([[0.5, 0, 0]], [0])
    assert pytest.approx(0.25) == ours.brier_score([[0.5, 0.5]], np.array([[1, 1]]))


ERRORS = {
    "expected_calibration_error": lambda d, w: (d * w).sum() / w.sum(),
    "maximum_calibration_error": lambda d, _: d.max(),
    "root_mean_square_calibration_error": lambda d, w: math.sqrt((d * d * w).sum() / w.sum()),
}


@pytest.mark.parametrize("container", [list, np.array])
@pytest.mark.parametrize("name", list(ERRORS))
def test_errors_in_bins_of_equal_mass_are_those_of_scikit_learns_curve(
    name: str, container: Any
) -> None:
    """Of different probabilities that fill each bin alike; the peer has no rule for ties."""
    p = np.random.default_rng(2).permutation(600) / 700
    hits = (np.random.default_rng(3).random(600) < p).astype(int)
    fraction, mean = calibration_curve(hits, p, n_bins=12, strategy="quantile")
    expected = ERRORS[name](abs(fraction - mean), np.full(12, 50))
    got = getattr(ours, name)(container(p), container(hits), bins=12, strategy="quantile")
    assert pytest.approx(expected) == got
    curve = ours.calibration_curve(container(p), container(hits), bins=12, strategy="quantile")
    assert pytest.approx(list(mean)) == curve.mean_probability
    assert [50] * 12 == curve.weight


@pytest.mark.parametrize("name", list(ERRORS))
def test_errors_in_bins_of_equal_width_are_those_of_scikit_learns_curve(name: str) -> None:
    p = np.random.default_rng(2).permutation(600) / 700 + 1e-4
    hits = (np.random.default_rng(3).random(600) < p).astype(int)
    fraction, mean = calibration_curve(hits, p, n_bins=8)
    weight = np.bincount((p * 8).astype(int))
    expected = ERRORS[name](abs(fraction - mean), weight[weight > 0])
    assert pytest.approx(expected) == getattr(ours, name)(p, hits, bins=8)


rows = st.lists(
    st.tuples(st.integers(0, 6).map(lambda k: k / 6), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("name", list(ERRORS))
@given(rows=rows, bins=st.integers(1, 8), seed=st.integers(0, 9))
def test_bins_of_equal_mass_know_no_order_and_weigh_as_repeats(
    name: str, rows: list[tuple[float, bool, int]], bins: int, seed: int
) -> None:
    score, options = getattr(ours, name), {"bins": bins, "strategy": "quantile"}
    repeated = [row for row in rows for _ in range(row[2])]
    if not any(hit for _, hit, _ in repeated):
        return
    p, hits, weights = (np.array(column) for column in zip(*rows))
    expected = score([row[0] for row in repeated], [row[1] for row in repeated], **options)
    order = np.random.default_rng(seed).permutation(len(rows))
    for weighed in (weights, weights * 2.0**-9):
        got = score(p[order], hits[order], sample_weight=weighed[order], **options)
        assert pytest.approx(expected, abs=1e-12) == got
        assert pytest.approx(expected, abs=1e-12) == score(
            p.tolist(), hits.tolist(), sample_weight=weighed.tolist(), **options
        )


def test_equal_probabilities_share_a_bin() -> None:
    curve = ours.calibration_curve([0.5] * 9 + [0.6], [1] * 9 + [0], bins=5, strategy="quantile")
    assert [9, 1] == curve.weight


@pytest.mark.parametrize("name", [*ERRORS, "calibration_curve"])
def test_an_unknown_strategy_is_refused(name: str) -> None:
    message = "strategy must be one of 'uniform', 'quantile', got 'quantiles'.*mean 'quantile'"
    with pytest.raises(ValueError, match=message):
        getattr(ours, name)([0.5], [1], strategy="quantiles")


@pytest.mark.parametrize("name", list(ERRORS))
def test_errors_of_histograms_are_bounded_and_merge(name: str) -> None:
    p = np.random.default_rng(2).random(400)
    hits = (np.random.default_rng(3).random(400) < p).astype(int)
    parts = [
        ScoreHistogram.from_probabilities(p[part], hits[part], bins=100)
        for part in (slice(150), slice(150, None))
    ]
    whole = parts[0] + parts[1]
    low, high = whole.bounds(name)
    assert low <= getattr(ours, name)(p, hits) <= high
    assert low <= getattr(whole, name)() <= high <= low + 0.01 + 1e-9
