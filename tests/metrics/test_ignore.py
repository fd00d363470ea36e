"""Examples are left out by their label: padding, or a class that is of no interest."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ClassificationMeter, ConfusionMatrix

# Many examples here have more than two classes, of which 1 is scored.
pytestmark = pytest.mark.filterwarnings("ignore:positive_class is 1 by default")

TAGS = ["O", "PER", "O", "LOC", "PER", "PAD"]
GUESSES = ["PER", "PER", "O", "LOC", "O", "LOC"]
FUNCTIONS: list[tuple[Any, dict[str, Any]]] = [
    (ours.accuracy, {}),
    (ours.balanced_accuracy, {}),
    (ours.matthews_corrcoef, {}),
    (ours.cohen_kappa, {}),
    (ours.precision, {"average": "macro"}),
    (ours.recall, {"average": "micro"}),
    (ours.specificity, {"average": "weighted"}),
    (ours.f1_score, {"average": None}),
    (ours.jaccard, {}),
    (ours.fbeta_score, {"beta": 2.0}),
]


@pytest.mark.parametrize("container", [list, np.array])
@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([-100, 0, 1, 2])), min_size=1),
    weighted=st.booleans(),
)
@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
def test_padding_is_left_out_as_if_it_had_been_dropped(
    container: Any, rows: Any, weighted: bool
) -> None:
    def call(score: Any, rows: Any, **options: Any) -> Any:
        guesses, labels = (container([row[i] for row in rows]) for i in (0, 1))
        weights = [1.5] * len(rows) if weighted else None
        return score(guesses, labels, sample_weight=weights, **options)

    kept = [row for row in rows if row[1] != -100]
    for score, options in FUNCTIONS:
        expected = call(score, kept or [(1, -100)], **options, **({} if kept else {"ignore": -100}))
        assert expected == call(score, rows, ignore=-100, **options), score.__name__


def test_averages_leave_the_class_out_and_its_predictions_stay_errors() -> None:
    scores = ours.f1_score(GUESSES, TAGS, average=None, ignore=["O", "PAD"])
    assert scores == {"LOC": 1.0, "PER": 2 / 3}
    assert ours.f1_score(GUESSES, TAGS, average="macro", ignore={"O", "PAD"}) == pytest.approx(
        5 / 6
    )
    assert ours.recall(GUESSES, TAGS, average="micro", ignore=["O", "PAD"]) == 2 / 3
    assert ours.accuracy(GUESSES, TAGS, ignore=["O", "PAD"]) == 2 / 3
    report = ours.classification_report(GUESSES, TAGS, ignore=["O", "PAD"])
    assert list(report.classes) == ["LOC", "PER"]
    assert report.averages["macro avg"].f1_score == pytest.approx(5 / 6)


def test_a_matrix_without_classes_is_as_if_they_had_been_ignored() -> None:
    ignored = ConfusionMatrix.from_predictions(GUESSES, TAGS, ignore=["O", "PAD"])
    assert ConfusionMatrix.from_predictions(GUESSES, TAGS).without("O", "PAD") == ignored
    declared = ConfusionMatrix.from_predictions(GUESSES, TAGS, classes=["PAD", "PER", "LOC", "O"])
    assert declared.without("O", "PAD").f1_score(average="macro") == pytest.approx(5 / 6)


def test_what_is_ignored_travels_with_the_matrix() -> None:
    matrix = ConfusionMatrix.from_predictions(GUESSES, TAGS, ignore=["O", "PAD"])
    for again in (
        ConfusionMatrix.from_json(matrix.to_json()),
        pickle.loads(pickle.dumps(matrix)),
        matrix + matrix,
        sum([matrix, ConfusionMatrix()]),
    ):
        assert again.f1_score(average="macro") == pytest.approx(5 / 6)


def test_frames_leave_out_what_is_ignored() -> None:
    frame = pytest.importorskip("polars").DataFrame(
        {"guess": GUESSES, "tag": TAGS, "half": [0, 0, 0, 1, 1, 1]}
    )
    whole = ConfusionMatrix.from_frame(frame, "guess", "tag", ignore=["O", "PAD"])
    assert whole == ConfusionMatrix.from_predictions(GUESSES, TAGS, ignore=["O", "PAD"])
    halves = ConfusionMatrix.from_frame(frame, "guess", "tag", "half", ignore=["O", "PAD"])
    assert sum(halves.values()) == whole


@pytest.mark.parametrize("classes", [None, ["O", "LOC", "PER"]])
def test_meters_leave_out_what_is_ignored_in_every_batch(classes: Any) -> None:
    meter = ClassificationMeter(classes, ignore=["O", "PAD"])
    for i in range(0, 6, 2):
        meter.update(GUESSES[i : i + 2], TAGS[i : i + 2])
    expected = ConfusionMatrix.from_predictions(GUESSES, TAGS, classes=classes, ignore=["O", "PAD"])
    again = pickle.loads(pickle.dumps(meter))
    again.update(["O"], ["PAD"])
    assert meter.compute() == again.compute() == (meter + ConfusionMatrix()).compute() == expected


@pytest.mark.parametrize(
    ("ignore", "error", "message"),
    [
        ({}, TypeError, "ignore must be a class, or a list of classes, got {} "),
        ([[1]], TypeError, "ignore must be a class, or a list of classes, got "),
        (math.nan, ValueError, "ignore must be a class, got nan"),
        (0.5, ValueError, "ignore must be a class, got 0.5"),
    ],
)
def test_what_is_no_class_cannot_be_ignored(ignore: Any, error: Any, message: str) -> None:
    with pytest.raises(error) as caught:
        ours.accuracy([1], [1], ignore=ignore)
    assert str(caught.value).startswith(message)


def test_a_matrix_is_not_without_what_it_does_not_have() -> None:
    matrix = ConfusionMatrix.from_predictions(GUESSES, TAGS)
    with pytest.raises(ValueError, match=r"got 'PERS' .*did you mean 'PER'"):
        matrix.without("PERS")


def test_tables_of_indicators_have_no_class_to_ignore() -> None:
    with pytest.raises(ValueError, match="ignore must be None for tables of 0 and 1"):
        ours.accuracy(np.eye(2), np.eye(2), ignore=0)


def test_an_interval_of_an_average_is_refused_where_ignored_classes_were_predicted() -> None:
    matrix = ConfusionMatrix.from_predictions(GUESSES, TAGS, ignore=["O", "PAD"])
    with pytest.raises(ValueError, match="average must be 'binary' for an interval"):
        matrix.interval("f1_score", average="macro")
