"""When a warning comes, what silences it, and where it points."""

from __future__ import annotations

import warnings
from typing import Any, Callable

import numpy as np
import polars as pl
import pytest

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ConfusionMatrix, ScoreHistogram, UndefinedMetricWarning

MATRIX = ConfusionMatrix(["a"], [[3]])
NEGATIVES = ScoreHistogram([0, 0], [1, 2])

UNDEFINED: dict[str, Callable[[], Any]] = {
    "precision": lambda: ours.precision(["a"], ["a"]),
    "recall of arrays": lambda: ours.recall(np.array([0]), np.array([0])),
    "fbeta_score": lambda: ours.fbeta_score(["a"], ["a"], beta=2),
    "specificity": lambda: ours.specificity(["a"], ["a"]),
    "jaccard": lambda: ours.jaccard(["a"], ["a"]),
    "method": lambda: MATRIX.f1_score(),
    "method with beta": lambda: MATRIX.fbeta_score(beta=2),
    "interval": lambda: MATRIX.interval("precision"),
    "roc_auc": lambda: ours.roc_auc([0.5], [1]),
    "average_precision": lambda: ours.average_precision([0.5], [0]),
    "log_loss": lambda: ours.log_loss([0.5], [0]),
    "histogram": lambda: NEGATIVES.roc_auc(),
    "bounds": lambda: NEGATIVES.bounds("average_precision"),
    "from_probabilities": lambda: ScoreHistogram.from_probabilities([0.5], [0]),
}


@pytest.mark.parametrize("score", UNDEFINED.values(), ids=UNDEFINED)
def test_it_points_at_the_line_of_the_caller(score: Callable[[], Any]) -> None:
    with pytest.warns(UndefinedMetricWarning) as record:
        score()
    place = score.__code__
    assert [(place.co_filename, place.co_firstlineno)] == [(w.filename, w.lineno) for w in record]


def test_a_module_of_a_caller_whose_name_begins_like_ours_is_not_ours() -> None:
    names = {"__name__": "ml_infra_utils.metrics_of_mine", "precision": ours.precision}
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        exec(compile("\nprecision(['a'], ['a'])", "mine.py", "exec"), names)
    assert [("mine.py", 2)] == [(warning.filename, warning.lineno) for warning in record]


@pytest.mark.parametrize("score", [ours.precision, ours.recall, ours.f1_score])
def test_a_positive_class_that_nobody_chose_among_three_or_more_warns(score: Any) -> None:
    guesses, labels = [0, 1, 2], [0, 1, 1]
    with pytest.warns(UserWarning, match=r"positive_class is 1 by default, .* 0, 1, 2: pass"):
        expected = score(guesses, labels)
    assert score(guesses, labels, 1) == score(guesses, labels, positive_class=True) == expected


BY_RANK: list[Callable[..., object]] = [
    ours.roc_auc,
    ours.average_precision,
    ours.log_loss,
    ours.brier_score,
    ours.expected_calibration_error,
    ours.roc_curve,
    ours.precision_recall_curve,
    ours.calibration_curve,
    ScoreHistogram.from_probabilities,
    lambda scores, labels, *options: (
        ours.compare(
            scores,
            scores,
            labels,
            score="roc_auc",
            **({"positive_class": options[0]} if options else {}),
        ).a
    ),
]


@pytest.mark.parametrize("score", BY_RANK)
def test_a_positive_class_of_three_that_nobody_chose_warns_of_ranks_too(score: Any) -> None:
    scores, labels = [0.1, 0.9, 0.4], [0, 1, 2]
    with pytest.warns(UserWarning, match=r"positive_class is 1 by default, .* 0, 1, 2: pass"):
        expected = score(scores, labels)
    assert str(expected) == str(score(scores, labels, 1))
    assert str(score(scores, [0, 1, 0])) == str(score(scores, [0, 1, 0], 1))


def test_a_positive_class_of_three_that_nobody_chose_warns_of_intervals_and_tables_too() -> None:
    matrix = ConfusionMatrix.from_predictions([0, 1, 2], [0, 1, 1])
    with pytest.warns(UserWarning, match="positive_class is 1 by default"):
        expected = matrix.interval("recall")
    assert expected == matrix.interval("recall", positive_class=1)
    frame = pl.DataFrame({"score": [0.1, 0.9, 0.4], "label": [0, 1, 2]})
    with pytest.warns(UserWarning, match="positive_class is 1 by default"):
        histogram = ScoreHistogram.from_frame(frame, "score", "label")
    assert histogram == ScoreHistogram.from_frame(frame, "score", "label", positive_class=1)


OF_TWO_KINDS: list[tuple[Any, Any]] = [
    ([0, 1], ["0", "1"]),
    (["no", "yes"], [0, 1]),
    ([False, True], ["False", "True"]),
    ([0, 1], [b"0", b"1"]),
    (np.array([0, 1]), np.array(["0", "1"])),
    (pl.Series([0, 1]), pl.Series(["0", "1"])),
]


def test_bytes_and_texts_are_of_two_kinds() -> None:
    # Not in a frame: the last Polars for Python 3.8 gives bytes as lists of numbers.
    with pytest.warns(UserWarning, match="^predictions and labels should be classes of one"):
        ours.accuracy([b"no"], ["no"])


@pytest.mark.parametrize(("guesses", "labels"), OF_TWO_KINDS)
def test_classes_of_two_kinds_that_share_none_warn(guesses: Any, labels: Any) -> None:
    frame = pl.DataFrame({"guess": guesses, "label": labels})
    by_column: list[Callable[[], object]] = [
        lambda: ours.accuracy(guesses, labels),
        lambda: ConfusionMatrix.from_predictions(guesses, labels),
        lambda: ours.ClassificationMeter().update(guesses, labels),
        lambda: ConfusionMatrix.from_frame(frame, "guess", "label"),
        lambda: ConfusionMatrix.from_frame(frame, "guess", "label", by="guess"),
    ]
    for count in by_column:
        with pytest.warns(UserWarning, match="^predictions and labels should be classes of one"):
            count()
    of_models: list[Callable[[], object]] = [
        lambda: ours.compare(guesses, labels, labels),
        lambda: ours.PairedComparison.from_frame(frame, "guess", "label", "label"),
    ]
    for compared in of_models:
        with pytest.warns(UserWarning, match="^a and labels should be classes of one kind, got"):
            compared()


def test_to_declare_the_classes_of_two_kinds_silences_the_warning() -> None:
    classes = [0, 1, "0", "1"]
    matrix = ConfusionMatrix.from_predictions([0, 1], ["0", "1"], classes=classes)
    frame = pl.DataFrame({"guess": [0, 1], "label": ["0", "1"]})
    assert matrix == ConfusionMatrix.from_frame(frame, "guess", "label", classes=classes)
    meter = ours.ClassificationMeter(classes)
    meter.update([0, 1], ["0", "1"])
    assert matrix == meter.compute()


@pytest.mark.filterwarnings("error")
def test_classes_of_one_kind_may_all_be_wrong() -> None:
    mixed: list[Any] = [1, "b"]
    assert ours.accuracy([2, "a"], mixed) == ours.accuracy([(1,), None], [(2,), (1,)]) == 0.0
    assert ours.accuracy([0, 0], [1, 1]) == ours.accuracy(["a"], ["b"]) == 0.0


@pytest.mark.parametrize("zero_division", [0.0, 1.0, float("nan")])
@pytest.mark.parametrize("score", ["precision", "recall", "f1_score"])
@pytest.mark.filterwarnings("error")
def test_to_pass_zero_division_silences_functions_methods_and_intervals(
    score: str, zero_division: float
) -> None:
    function: Any = getattr(ours, score)
    method: Any = getattr(MATRIX, score)
    for score_of in (
        function(["a"], ["a"], zero_division=zero_division),
        function(np.array([0]), np.array([0]), zero_division=zero_division),
        method(zero_division=zero_division),
    ):
        assert score_of == pytest.approx(zero_division, nan_ok=True)
    assert (0.0, 1.0) == MATRIX.interval(score, zero_division=zero_division)
