"""scikit-learn's names of arguments mean what they mean there, so that no swap goes unseen."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import (
    ClassificationMeter,
    ConfusionMatrix,
    MultilabelCounts,
    RegressionErrors,
    ScoreHistogram,
)

GUESSES, LABELS = [1, 1, 1, 0], [1, 0, 0, 1]
PROBABILITIES = [0.9, 0.4, 0.6, 0.2]
RANKINGS, RELEVANCE = [[0.9, 0.5, 0.1]], [[0, 2, 1]]


def metered(*args: Any, **options: Any) -> ConfusionMatrix:
    meter = ClassificationMeter()
    meter.update(*args, **options)
    return meter.compute()


def beta(*args: Any, **options: Any) -> float:
    return ours.fbeta_score(*args, beta=2.0, **options)


# Each with its two columns, and scikit-learn's name of the first.
CALLS: list[tuple[Callable[..., Any], Any, Any, str]] = [
    *(
        (score, GUESSES, LABELS, "y_pred")
        for score in (
            ours.accuracy,
            ours.balanced_accuracy,
            ours.precision,
            ours.recall,
            ours.specificity,
            ours.f1_score,
            beta,
            ours.jaccard,
            ours.matthews_corrcoef,
            ours.cohen_kappa,
            ours.classification_report,
            ours.mean_absolute_error,
            ours.mean_squared_error,
            ours.root_mean_squared_error,
            ours.r2_score,
            ConfusionMatrix.from_predictions,
            RegressionErrors.from_predictions,
            metered,
        )
    ),
    *(
        (score, PROBABILITIES, LABELS, name)
        for score, name in (
            (ours.roc_auc, "y_score"),
            (ours.roc_auc, "y_pred"),
            (ours.average_precision, "y_score"),
            (ours.roc_curve, "y_score"),
            (ours.precision_recall_curve, "y_score"),
            (ours.log_loss, "y_pred"),
            (ours.log_loss, "y_proba"),
            (ours.brier_score, "y_proba"),
            (ours.expected_calibration_error, "y_pred"),
            (ours.calibration_curve, "y_prob"),
            (ScoreHistogram.from_probabilities, "y_pred"),
        )
    ),
    (ours.top_k_accuracy, [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]], [0, 1], "y_score"),
    (ours.ndcg_score, RANKINGS, RELEVANCE, "y_score"),
    (ours.mean_reciprocal_rank, RANKINGS, RELEVANCE, "y_pred"),
]
every_call = pytest.mark.parametrize(("call", "first", "second", "name"), CALLS)


@every_call
def test_names_of_scikit_learn_are_taken_by_name(
    call: Any, first: Any, second: Any, name: str
) -> None:
    assert call(first, second) == call(**{"y_true": second, name: first})


@every_call
def test_one_of_these_names_beside_a_position_or_alone_is_refused(
    call: Any, first: Any, second: Any, name: str
) -> None:
    for args, names in (
        ([first], {"y_true": second}),
        ([first], {name: first}),
        ([], {name: first}),
        ([], {"y_true": second}),
        ([], {"y_true": second, "y_pred": first, "labels": second}),
        ([], {"y_true": second, name: first, "predictions": first, "scores": first}),
    ):
        with pytest.raises(TypeError):
            call(*args, **names)


def test_the_error_says_both_ways_to_pass_them() -> None:
    with pytest.raises(TypeError) as caught:
        ours.roc_auc([0.9], y_true=[1])  # type: ignore[call-arg]  # what is refused
    assert str(caught.value) == (
        "roc_auc() must be given scores and labels, or y_score= and y_true= instead, both by name"
    )


def test_indicators_are_taken_by_name() -> None:
    np = pytest.importorskip("numpy")
    guesses, truths = np.array([[1, 0], [1, 1]]), np.array([[1, 0], [0, 1]])
    expected = MultilabelCounts.from_indicators(guesses, truths)
    assert MultilabelCounts.from_indicators(y_true=truths, y_pred=guesses) == expected  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "call", [ours.roc_auc, ours.log_loss, ours.brier_score, ours.average_precision, ours.roc_curve]
)
def test_labels_and_scores_swapped_by_position_are_refused_with_their_order(call: Any) -> None:
    with pytest.raises(ValueError, match="labels come second, predictions or scores first"):
        call(LABELS, PROBABILITIES)
