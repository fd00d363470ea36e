"""A PyTorch loop: meters by batch, padding left out, and torchmetrics counts the same."""

from __future__ import annotations

from statistics import median
from time import process_time
from typing import Any, Callable, Iterator

import pytest
import torch
import torchmetrics.classification as classification
import torchmetrics.regression as regression

from ml_infra_utils.metrics import (
    ClassificationMeter,
    HistogramMeter,
    MultilabelMeter,
    RegressionMeter,
)

PADDING = -100
CLASSES = 7
Batch = tuple[torch.Tensor, torch.Tensor]


def batches(n: int, draw: Callable[[torch.Generator], Batch]) -> Iterator[Batch]:
    generator = torch.Generator().manual_seed(12)
    for _ in range(n):
        yield draw(generator)


def padded_sequences(generator: torch.Generator) -> Batch:
    """Return the logits and the labels of sequences, padded at their ends."""
    logits = torch.randn(16, 32, CLASSES, generator=generator)
    labels = torch.randint(CLASSES, (16, 32), generator=generator)
    lengths = torch.randint(1, 33, (16, 1), generator=generator)
    return logits, labels.masked_fill(torch.arange(32) >= lengths, PADDING)


def chances(generator: torch.Generator) -> Batch:
    """Return probabilities that are the middles of a thousand bins, and labels."""
    index = torch.randint(1000, (256,), generator=generator)
    middles = (index + 0.5).double() / 1000
    return middles, (torch.rand(256, generator=generator) < middles).long()


def flags(generator: torch.Generator) -> Batch:
    drawn = torch.rand(2, 64, 5, generator=generator) < 0.3
    return drawn[0].long(), drawn[1].long()


def numbers(generator: torch.Generator) -> Batch:
    labels = torch.randn(128, generator=generator, dtype=torch.float64)
    return labels + 0.3 * torch.randn(128, generator=generator, dtype=torch.float64), labels


@pytest.mark.parametrize(
    ("peer", "score"),
    [
        ("MulticlassAccuracy", lambda matrix: matrix.balanced_accuracy()),
        ("MulticlassPrecision", lambda matrix: matrix.precision(average="macro")),
        ("MulticlassRecall", lambda matrix: matrix.recall(average="macro")),
        ("MulticlassF1Score", lambda matrix: matrix.f1_score(average="macro")),
        ("MulticlassSpecificity", lambda matrix: matrix.specificity(average="macro")),
        ("MulticlassJaccardIndex", lambda matrix: matrix.jaccard(average="macro")),
        ("MulticlassMatthewsCorrCoef", lambda matrix: matrix.matthews_corrcoef()),
        ("MulticlassCohenKappa", lambda matrix: matrix.cohen_kappa()),
    ],
)
def test_padded_classes_score_what_torchmetrics_says(
    peer: str, score: Callable[[Any], float]
) -> None:
    meter = ClassificationMeter(classes=range(CLASSES), ignore=PADDING)
    theirs = getattr(classification, peer)(num_classes=CLASSES, ignore_index=PADDING)
    for logits, labels in batches(10, padded_sequences):
        meter.update(logits.argmax(-1).ravel(), labels.ravel())
        theirs.update(logits.argmax(-1), labels)
    assert pytest.approx(float(theirs.compute()), rel=1e-5) == score(meter.compute())


@pytest.mark.parametrize(
    ("peer", "score"),
    [
        (classification.BinaryAUROC, lambda histogram: histogram.roc_auc()),
        (classification.BinaryAveragePrecision, lambda histogram: histogram.average_precision()),
        (
            lambda: classification.BinaryCalibrationError(n_bins=10),
            lambda histogram: histogram.expected_calibration_error(),
        ),
        (
            lambda: classification.BinaryCalibrationError(n_bins=10, norm="max"),
            lambda histogram: histogram.maximum_calibration_error(),
        ),
    ],
    ids=["roc_auc", "average_precision", "calibration", "largest calibration"],
)
def test_probabilities_score_what_torchmetrics_says(
    peer: Callable[[], Any], score: Callable[[Any], float]
) -> None:
    meter, theirs = HistogramMeter(bins=1000), peer()
    for probabilities, labels in batches(20, chances):
        meter.update(probabilities, labels)
        theirs.update(probabilities, labels)
    assert pytest.approx(float(theirs.compute()), rel=1e-5) == score(meter.compute())


@pytest.mark.parametrize(
    ("peer", "score"),
    [
        ("MultilabelPrecision", lambda counts: counts.precision(average="macro")),
        ("MultilabelRecall", lambda counts: counts.recall(average="macro")),
        ("MultilabelF1Score", lambda counts: counts.f1_score(average="macro")),
        ("MultilabelHammingDistance", lambda counts: counts.hamming_loss()),
        ("MultilabelExactMatch", lambda counts: counts.accuracy()),
    ],
)
def test_labels_score_what_torchmetrics_says(peer: str, score: Callable[[Any], float]) -> None:
    meter, theirs = MultilabelMeter(), getattr(classification, peer)(num_labels=5)
    for predictions, labels in batches(10, flags):
        meter.update(predictions, labels)
        theirs.update(predictions, labels)
    assert pytest.approx(float(theirs.compute()), rel=1e-5) == score(meter.compute())


@pytest.mark.parametrize(
    ("peer", "score"),
    [
        ("MeanAbsoluteError", "mean_absolute_error"),
        ("MeanSquaredError", "mean_squared_error"),
        ("R2Score", "r2_score"),
        ("MeanAbsolutePercentageError", "mean_absolute_percentage_error"),
        ("WeightedMeanAbsolutePercentageError", "weighted_absolute_percentage_error"),
        ("SymmetricMeanAbsolutePercentageError", "symmetric_mean_absolute_percentage_error"),
    ],
)
def test_numbers_score_what_torchmetrics_says(peer: str, score: str) -> None:
    meter, theirs = RegressionMeter(), getattr(regression, peer)()
    for predictions, labels in batches(10, numbers):
        meter.update(predictions, labels)
        theirs.update(predictions, labels)
    assert pytest.approx(float(theirs.compute()), rel=1e-4) == getattr(meter.compute(), score)


def test_a_loop_learns_and_its_meter_says_so() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Embedding(CLASSES, 8), torch.nn.Linear(8, CLASSES))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    epochs = []
    for _ in range(3):
        meter = ClassificationMeter(classes=range(CLASSES), ignore=PADDING)
        for _, labels in batches(20, padded_sequences):
            words = labels.clamp(min=0)  # each word is a class of its own
            logits = model(words)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.ravel())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            meter.update(logits.argmax(-1).ravel(), labels.ravel())
        matrix = meter.compute()
        assert PADDING not in matrix.classes
        epochs.append(matrix.accuracy())
    assert 1.0 == epochs[-1] > epochs[0]


@pytest.mark.parametrize(
    ("meter", "draw"),
    [
        (ClassificationMeter(classes=range(50_000), ignore=PADDING), padded_sequences),
        (HistogramMeter(), chances),
        (MultilabelMeter(), flags),
        (RegressionMeter(), numbers),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_thousandth_batch_costs_what_the_tenth_costs(
    meter: Any, draw: Callable[[torch.Generator], Batch]
) -> None:
    times = []
    for predictions, labels in batches(1000, draw):
        if isinstance(meter, ClassificationMeter):
            predictions, labels = predictions.argmax(-1).ravel(), labels.ravel()
        start = process_time()
        meter.update(predictions, labels)
        times.append(process_time() - start)
    assert median(times[-100:]) <= 1.5 * median(times[10:110])
