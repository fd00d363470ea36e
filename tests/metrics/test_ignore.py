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


SCORES = [0.9, 0.2, 0.7, 0.4, 0.6]
PADDED = [1, 0, -100, 1, -100]
ROWS = [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.3, 0.3, 0.4], [0.4, 0.4, 0.2]]
CLASSES = [0, 1, -100, 2, -100]
OF_SCORES: list[tuple[Any, Any, Any, dict[str, Any]]] = [
    (ours.roc_auc, SCORES, PADDED, {}),
    (ours.average_precision, SCORES, PADDED, {}),
    (ours.log_loss, SCORES, PADDED, {}),
    (ours.brier_score, SCORES, PADDED, {}),
    (ours.expected_calibration_error, SCORES, PADDED, {}),
    (ours.maximum_calibration_error, SCORES, PADDED, {"bins": 3}),
    (ours.root_mean_square_calibration_error, SCORES, PADDED, {"strategy": "quantile"}),
    (ours.roc_curve, SCORES, PADDED, {}),
    (ours.precision_recall_curve, SCORES, PADDED, {}),
    (ours.calibration_curve, SCORES, PADDED, {}),
    (ours.ScoreHistogram.from_probabilities, SCORES, PADDED, {"bins": 10}),
    (ours.roc_auc, ROWS, CLASSES, {"average": "macro"}),
    (ours.roc_auc, ROWS, CLASSES, {"average": "weighted", "multi_class": "ovo"}),
    (ours.average_precision, ROWS, CLASSES, {"average": None}),
    (ours.log_loss, ROWS, CLASSES, {}),
    (ours.brier_score, ROWS, CLASSES, {}),
    (ours.top_k_accuracy, ROWS, CLASSES, {"k": 2}),
]
CONTAINERS = ["list", "tuple", "iterator", "NumPy", "pandas", "Polars", "PyArrow"]


def held(kind: str, values: Any) -> Any:
    """Put a column, or rows, into a container."""
    is_table = isinstance(values[0], list)
    if kind == "iterator" and not is_table:
        return iter(values)
    if kind == "tuple":
        return tuple(values)
    if kind == "NumPy":
        return np.array(values)
    if kind == "pandas":
        pandas = pytest.importorskip("pandas")
        index = range(10, 10 + len(values))
        return (pandas.DataFrame if is_table else pandas.Series)(values, index=index)
    if kind == "Polars":
        polars = pytest.importorskip("polars")
        return polars.DataFrame(values, orient="row") if is_table else polars.Series(values)
    if kind == "PyArrow":
        arrow = pytest.importorskip("pyarrow")
        if not is_table:
            return arrow.chunked_array([values])
        return arrow.table({f"column_{i}": list(column) for i, column in enumerate(zip(*values))})
    return values


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize(("score", "scores", "labels", "options"), OF_SCORES)
def test_scores_of_padding_are_left_out_as_if_they_had_been_dropped(
    kind: str, score: Any, scores: Any, labels: Any, options: dict[str, Any]
) -> None:
    weights = [1.0, 2.0, 3.0, 4.0, 5.0]
    kept = [place for place, label in enumerate(labels) if label != -100]
    for each in (None, weights):
        expected = score(
            held(kind, [scores[place] for place in kept]),
            held(kind, [labels[place] for place in kept]),
            sample_weight=each and held(kind, [each[place] for place in kept]),
            **options,
        )
        found = score(
            held(kind, scores),
            held(kind, labels),
            ignore=-100,
            sample_weight=each and held(kind, each),
            **options,
        )
        assert repr(expected) == repr(found)


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
def test_two_models_are_compared_without_padding_by_slices_too() -> None:
    a, b, labels = [1, 1, 0, 0, 1, 0], [1, 0, 0, 1, 0, 1], [1, 1, 0, 0, -100, -100]
    days = ["mon", "mon", "tue", "tue", "mon", "wed"]
    for score in ("accuracy", "f1_score", "roc_auc"):
        expected = ours.compare(a[:4], b[:4], labels[:4], score=score)
        assert repr(expected) == repr(ours.compare(a, b, labels, score=score, ignore=-100))
        by_day = ours.compare(a, b, labels, by=days, score=score, ignore=[-100])
        assert ["mon", "tue"] == list(by_day)


def test_a_meter_and_a_table_bin_no_padding() -> None:
    polars = pytest.importorskip("polars")
    expected = ours.ScoreHistogram.from_probabilities(SCORES, PADDED, ignore=-100)
    meter = ours.HistogramMeter(ignore=-100)
    meter.update(SCORES[:2], PADDED[:2])
    pickle.loads(pickle.dumps(meter)).update(SCORES, PADDED)
    copy = pickle.loads(pickle.dumps(meter))
    copy.update(SCORES[2:], PADDED[2:])
    frame = polars.DataFrame({"p": SCORES, "y": PADDED, "day": [1, 1, 2, 1, 3]})

    assert 3 == expected.total
    assert expected == copy.compute()
    assert expected == ours.ScoreHistogram.from_frame(frame, "p", "y", ignore=-100)
    by_day = ours.ScoreHistogram.from_frame(frame, "p", "y", by="day", ignore=-100)
    assert [3, 0, 0] == [by_day[day].total for day in (1, 2, 3)]


def test_what_cannot_be_left_out_of_scores_is_refused() -> None:
    with pytest.raises(ValueError, match="ignore must be None for a table of labels"):
        ours.roc_auc(ROWS, np.array([[1, 0, 0]] * 5), average="macro", ignore=0)
    with pytest.raises(TypeError, match="ignore must be a class, or a list of classes, got"):
        ours.roc_auc(SCORES, PADDED, ignore={"a": 1})
    with pytest.raises(ValueError, match="must have same length"):
        ours.roc_auc(SCORES, PADDED[:3], ignore=-100)
    with pytest.raises(ValueError, match="must have same length"):
        ours.compare([1, 0], [1], [1, -100], ignore=-100)
