"""Averages over some of the classes, as scikit-learn's `labels=` has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import (
    ClassificationMeter,
    ConfusionMatrix,
    MultilabelCounts,
    UndefinedMetricWarning,
)

PEERS = {
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1_score": sk.f1_score,
    "jaccard": sk.jaccard_score,
}
classes = st.sampled_from("abcd")


@pytest.mark.parametrize("name", PEERS)
@given(
    average=st.sampled_from(["macro", "micro", "weighted", None]),
    rows=st.lists(st.tuples(classes, classes), min_size=1, max_size=20),
    only=st.lists(classes, min_size=1, max_size=4, unique=True),
)
def test_averages_over_some_classes_are_scikit_learns(
    name: str, average: Any, rows: Any, only: list[str]
) -> None:
    guesses, labels = [row[0] for row in rows], [row[1] for row in rows]
    options = {"average": average, "zero_division": 0.0}
    expected = PEERS[name](labels, guesses, labels=only, **options)
    got = getattr(ours, name)(guesses, labels, only=only, **options)
    if average is None:
        assert list(got) == only
        got = list(got.values())
    assert got == pytest.approx(expected)


def test_every_state_and_the_report_score_some_classes() -> None:
    guesses, labels = ["a", "b", "c", "a"], ["a", "b", "b", "c"]
    matrix = ConfusionMatrix.from_predictions(guesses, labels)
    meter = ClassificationMeter()
    meter.update(guesses, labels)
    expected = {"b": 2 / 3, "a": 2 / 3}
    assert matrix.f1_score(average=None, only=["b", "a"]) == pytest.approx(expected)
    assert meter.compute().f1_score(average="macro", only=("a", "b")) == pytest.approx(2 / 3)
    report = ours.classification_report(guesses, labels, only=["b", "a"])
    assert ["b", "a"] == list(report.classes)
    assert ["micro avg", "macro avg", "weighted avg"] == list(report.averages)
    assert report.accuracy is None
    assert 0.5 == ours.classification_report(guesses, labels, only=["c", "b", "a"]).accuracy


def test_labels_of_indicators_are_chosen_too() -> None:
    guesses, truths = np.array([[1, 0, 1], [0, 1, 1]]), np.array([[1, 1, 0], [0, 1, 1]])
    expected = sk.recall_score(truths, guesses, labels=[2, 1], average="macro")
    counts = MultilabelCounts.from_indicators(guesses, truths)
    assert expected == ours.recall(guesses, truths, average="macro", only=[2, 1])
    assert {2: 1.0, 1: 0.5} == counts.recall(average=None, only=[2, 1])
    assert [2, 1] == list(counts.report(only=[2, 1]).classes)


def test_slices_score_some_classes_without_an_interval() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"guess": ["a", "b", "b"], "label": ["a", "b", "a"], "day": [1, 1, 2]})
    slices = ConfusionMatrix.from_frame(frame, "guess", "label", by="day")
    scores = slices.scores("recall", average="macro", only=["a"])
    assert [1.0, 0.0] == [row.score for row in scores]
    assert all(np.isnan(row.low) for row in scores)


def test_a_class_that_never_occurs_counts_and_warns() -> None:
    with pytest.warns(UndefinedMetricWarning, match=r"only\[1\] 'PERS' never occurs; classes seen"):
        assert 0.5 == ours.f1_score(["PER", "O"], ["PER", "O"], average="macro", only=["O", "PERS"])
    options: Any = {"average": "macro", "only": ["O", "PERS"], "zero_division": 1.0}
    assert 1.0 == ours.f1_score(["PER", "O"], ["PER", "O"], **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"only": ["a"]}, ValueError, r"only must be None for average='binary', got \['a'\]"),
        ({"only": [], "average": "macro"}, ValueError, "only must be at least one class, or None"),
        ({"only": "ab", "average": "macro"}, TypeError, "only must be an iterable of classes, got"),
        ({"only": ["a", "a"], "average": None}, ValueError, r"only\[1\] must be another class"),
        ({"only": [["a"]], "average": None}, TypeError, r"only\[0\] must be hashable"),
        ({"only": [0.5], "average": None}, ValueError, r"only\[0\] must be a class, got 0\.5"),
    ],
)
def test_what_is_no_choice_of_classes_is_refused(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        ours.precision(["a", "b"], ["a", "a"], "a", **options)


@pytest.mark.parametrize("container", [list, np.array])
def test_a_class_of_weight_zero_only_does_not_count(container: Any) -> None:
    guesses, labels = container([0, 1, 2, 2]), container([0, 1, 2, 1])
    weights = [1.0, 0.5, 0.0, 0.0]
    matrix = ConfusionMatrix.from_predictions(guesses, labels, sample_weight=weights)
    assert (0, 1) == matrix.classes
    assert 1.0 == ours.f1_score(guesses, labels, average="macro", sample_weight=weights)
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan"):
        ours.roc_auc([0.1, 0.9, 0.2, 0.3], labels, 2, sample_weight=weights)
