"""What cannot be scored is an error that a person can read, or the number that the words say."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pandas as pd
import pytest

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import (
    ClassificationMeter,
    ConfusionMatrix,
    HistogramMeter,
    MultilabelCounts,
    PairedComparison,
    RegressionErrors,
    RegressionMeter,
    ScoreHistogram,
)

TABLE = np.full((2, 3), 1 / 3)
HISTOGRAM = ScoreHistogram([0, 1], [1, 0])
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: ours.top_k_accuracy(TABLE, [0, 1], classes=[0, 1]), "classes must name each column"),
    (lambda: ours.log_loss(TABLE, [0, 1], classes=[0, 1]), "classes must name each column"),
    (lambda: ours.log_loss(TABLE, ["a", "b"]), "classes must say whose each column is, got 3 col"),
    (lambda: ours.accuracy([1, 0], [1, 0], ignore=0.5), "ignore must be a class, got 0.5"),
    (lambda: ours.roc_auc([0.1, 0.2], [0, 1], sample_weight=[1]), "got 1 weights for 2 examples"),
    (lambda: ours.f1_score([1, 0], [1, 0], sample_weight=[1] * 3), "got 3 weights for 2 examples"),
    (lambda: ours.max_error([1, 0], [1, 0], sample_weight=[1]), "got 1 weights for 2 examples"),
    (lambda: ClassificationMeter().update([1], [1], sample_weight=[]), "got 0 weights for 1 exam"),
    (lambda: HistogramMeter().update([0.1], [1], sample_weight=[]), "got 0 weights for 1 exam"),
    (lambda: RegressionMeter().update([0.1], [1], sample_weight=[]), "got 0 weights for 1 exam"),
    (lambda: HISTOGRAM.at(1.5), r"threshold must be in \[0, 1\], got 1.5"),
    (lambda: HISTOGRAM.at(-0.5), r"threshold must be in \[0, 1\], got -0.5"),
    (lambda: PairedComparison(1, 2, 3, 4).decide(margin=-0.01), "margin must be at least 0 and be"),
    (lambda: ours.r2_score(np.ones((3, 2)), np.ones((3, 1))), "labels must have a column for each"),
    (lambda: ours.ndcg_score([[0.1, 0.2]], [[1]]), r"relevance\[0\] must have a number for each"),
    (lambda: ours.ndcg_score([[0.1]], [[1]], k=0), "k must be an integer of at least 1, got 0"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[row[1] for row in REFUSED])
def test_bad_input_is_refused_with_what_is_wrong(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_more_guesses_than_classes_and_documents_find_all() -> None:
    assert 1.0 == ours.top_k_accuracy(TABLE, [0, 1], k=7)
    assert 1.0 == ours.ndcg_score([[0.9, 0.1]], [[1, 0]], k=7)
    assert 0.5 == ours.mean_reciprocal_rank([[0.9, 0.1]], [[0, 1]], k=7)


def test_a_slice_of_missing_values_is_none_the_last() -> None:
    frame = pd.DataFrame({"p": [1, 0, 1], "y": [1, 0, 0], "by": ["b", None, "a"]})
    assert ["a", "b", None] == list(ConfusionMatrix.from_frame(frame, "p", "y", by="by"))


MANY = range(50_000)
LONG = "x" * 100_000
TABLES = {i: [0, 1] for i in range(5_000)}
HOSTILE: list[Callable[[], Any]] = [
    lambda: ConfusionMatrix.from_predictions([-1], [0], classes=MANY),
    lambda: ConfusionMatrix.from_predictions([LONG], ["a"], classes=["a"]),
    lambda: ConfusionMatrix(MANY, [[1]]),
    lambda: ConfusionMatrix([LONG, LONG], [[1]]),
    lambda: ConfusionMatrix(list("ab"), pd.DataFrame({LONG: [1], "b": [2]})),
    lambda: ConfusionMatrix.from_predictions([0], [0], classes=MANY).without(LONG),
    lambda: ConfusionMatrix([LONG], [[1]]).f1_score(LONG, average=LONG),  # type: ignore[call-overload]
    lambda: ConfusionMatrix([LONG], [[1]]).interval(LONG),
    lambda: ours.accuracy([0.5] * 2, [LONG, "b"]),
    lambda: ours.accuracy([[LONG]], ["b"]),  # type: ignore[list-item]
    lambda: ours.precision([1], [1], zero_division=LONG),  # type: ignore[call-overload]
    lambda: ours.f1_score([1], [1], average="macro", only=[LONG, LONG]),
    lambda: ours.roc_auc([LONG], [1]),  # type: ignore[list-item]
    lambda: ours.roc_auc([10**400], [1]),
    lambda: ours.log_loss([[0.5, 0.5]], [LONG], classes=MANY),
    lambda: ours.ndcg_score([LONG], [[1]]),
    lambda: ours.ndcg_score([{1: LONG}.keys()], [[1]]),
    lambda: ours.mean_absolute_error([[1.0, 2.0]], [[1.0, 2.0]], average=[1.0] * 50_000),
    lambda: ours.mean_pinball_loss([1.0], [1.0], alpha=LONG),  # type: ignore[call-overload]
    lambda: MultilabelCounts.from_indicators(pd.DataFrame(TABLES), pd.DataFrame({LONG: [0, 1]})),
    lambda: RegressionErrors.from_dict({LONG: 1}),
    lambda: ScoreHistogram.from_dict({"schema": LONG}),
]


@pytest.mark.parametrize("call", HOSTILE, ids=range(len(HOSTILE)))
def test_no_error_is_longer_than_a_thousand_characters(call: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert 1000 >= len(str(caught.value))
