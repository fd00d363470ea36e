"""Typed usage of ml_infra_utils.metrics: type checkers read it, nobody runs it."""

from __future__ import annotations

from typing import Any, Dict, Hashable, Iterator, List, Tuple

import numpy as np
import polars as pl
from typing_extensions import assert_type

from ml_infra_utils.metrics import (
    CalibrationCurve,
    ClassificationMeter,
    ClassificationReport,
    ConfusionMatrix,
    DistributionDrift,
    DriftReport,
    HistogramMeter,
    Interval,
    MultilabelCounts,
    MultilabelMeter,
    PairedComparison,
    RegressionErrors,
    RegressionMeter,
    RocCurve,
    ScoreDifference,
    ScoreHistogram,
    Slices,
    accuracy,
    calibration_curve,
    classification_report,
    compare,
    drift,
    f1_score,
    fbeta_score,
    log_loss,
    precision,
    r2_score,
    recall,
    roc_auc,
    roc_curve,
    top_k_accuracy,
)

predictions = ["spam", "ham"]
labels = ("spam", "spam")

assert_type(accuracy(predictions, labels), float)
assert_type(accuracy((p for p in predictions), labels, sample_weight=[1, 2.5]), float)
assert_type(precision(predictions, labels, "spam"), float)
assert_type(precision([1, 0], [True, None], positive_class=1, zero_division=1.0), float)
assert_type(recall(predictions, labels, average="macro"), float)
assert_type(f1_score(predictions, labels, average=None), Dict[Hashable, float])
assert_type(fbeta_score(predictions, labels, "spam", beta=2), float)
assert_type(precision(np.eye(2), np.eye(2), average="samples"), float)
assert_type(roc_auc(np.eye(2), [0, 1], average=None), Dict[Hashable, float])
assert_type(roc_auc(np.eye(2), [0, -100], average="macro", ignore=-100), float)
assert_type(compare([1], [0], [1], score="f1_score", ignore={"O"}), ScoreDifference)
assert_type(compare([0.5], [0.1], [1], score="roc_auc", by=["it"]), Slices[ScoreDifference])
assert_type(compare([1], [0], [1], by=["it"]), Slices[PairedComparison])
assert_type(drift({"a": 1}, {"a": 2}, psi=0.1), DriftReport)
assert_type(next(iter(drift(ScoreHistogram([1], [1]), ConfusionMatrix()))), DistributionDrift)
precision(predictions, labels, average="sample")  # type: ignore[call-overload]  # unknown
accuracy(1, labels)  # type: ignore[arg-type]  # no sequence
accuracy([[1]], labels)  # type: ignore[list-item]  # not hashable
fbeta_score(predictions, labels)  # type: ignore[call-overload]  # beta is required

matrix = ConfusionMatrix.from_predictions(predictions, labels, classes=["spam", "ham"])
assert_type(matrix, ConfusionMatrix)
assert_type(matrix + matrix, ConfusionMatrix)
assert_type(sum([matrix, matrix], ConfusionMatrix()), ConfusionMatrix)
assert_type(matrix["spam", "ham"], float)
assert_type(matrix.classes, Tuple[Hashable, ...])
assert_type(matrix.counts, Tuple[Tuple[float, ...], ...])
assert_type(matrix.normalized("labels"), Tuple[Tuple[float, ...], ...])
assert_type(matrix.recall("spam"), float)
assert_type(matrix.recall(average=None), Dict[Hashable, float])
assert_type(matrix.cohen_kappa(weights="linear"), float)
assert_type(matrix.report(), ClassificationReport)
assert_type(matrix.interval("f1_score", 0.9, positive_class="spam"), Interval)
assert_type(matrix.to_dict(), Dict[str, Any])
assert_type(ConfusionMatrix.from_dict(matrix.to_dict()), ConfusionMatrix)
matrix.normalized("rows")  # type: ignore[arg-type]  # unknown

frame: Any = None
assert_type(ConfusionMatrix.from_frame(frame, "p", "y"), ConfusionMatrix)
assert_type(ConfusionMatrix.from_frame(frame, "p", "y", by="k"), Slices[ConfusionMatrix])
assert_type(ConfusionMatrix.from_frame(frame, "p", "y", ["k"]), Slices[ConfusionMatrix])

meter = ClassificationMeter(classes=[0, 1])
meter.update([0, 1], [1, 1])
assert_type(meter.compute(), ConfusionMatrix)

assert_type(classification_report(predictions, labels).accuracy, "float | None")
assert_type(compare(predictions, predictions, labels), PairedComparison)
assert_type(compare(predictions, predictions, labels).p_value, float)
assert_type(MultilabelCounts.from_indicators(frame, frame).f1_score(average="micro"), float)

assert_type(roc_auc([0.5, 0.1], labels, "spam"), float)
assert_type(log_loss([0.5, 0.1], [1, 0]), float)
assert_type(top_k_accuracy([[0.5, 0.5]], [1], k=1), float)
table = np.array([[0.5, 0.5]])
assert_type(top_k_accuracy(table, np.array([1])), float)
assert_type(log_loss(table, np.array([1])), float)
assert_type(roc_auc(table[0], np.array([1, 0])), float)
assert_type(roc_curve([0.5, 0.1], labels, "spam"), RocCurve)
assert_type(roc_curve([0.5, 0.1], labels).thresholds, List[float])
assert_type(calibration_curve([0.5, 0.1], [1, 0]), CalibrationCurve)
histogram = ScoreHistogram.from_probabilities([0.5, 0.1], [1, 0], bins=10)
assert_type(histogram + histogram, ScoreHistogram)
weighted = ScoreHistogram.from_probabilities([0.5, 0.1], [1, 0], sample_weight=[0.5, 2])
assert_type(weighted.log_loss(), float)
assert_type(ScoreHistogram([1, 0.5], [2, 0]).positives, Tuple[float, ...])
assert_type(histogram.bounds("roc_auc"), Interval)
roc_auc(["a"], [1])  # type: ignore[arg-type]  # no number

both = meter.merge(meter) + meter.compute()
assert_type(both, ClassificationMeter)
assert_type(MultilabelMeter().compute(), MultilabelCounts)
assert_type(HistogramMeter("spam", bins=10).compute().roc_auc(), float)
assert_type(RegressionMeter() + RegressionErrors(), RegressionMeter)
assert_type(histogram.merge(weighted), ScoreHistogram)
assert_type(ScoreHistogram.from_json(histogram.to_json()), ScoreHistogram)
assert_type(ConfusionMatrix.from_dict(meter.compute().to_dict()), ConfusionMatrix)
assert_type(roc_curve([0.5, 0.1], labels).to_markdown(), str)

assert_type(r2_score([0.5, 0.1], [1, 0]), float)
assert_type(RegressionErrors.from_predictions([0.5], [1]).mean_squared_error, float)


class Tensor:
    """Iterates tensors, as PyTorch's."""

    def __array__(self, dtype: Any = None) -> Any: ...

    def __iter__(self) -> Iterator[Tensor]:
        return iter([self])


tensor = Tensor()
assert_type(accuracy(tensor, tensor, sample_weight=tensor), float)
assert_type(roc_auc(tensor, tensor, sample_weight=tensor), float)
assert_type(r2_score(tensor, tensor), float)
assert_type(top_k_accuracy(tensor, tensor), float)
assert_type(f1_score(pl.DataFrame(), pl.DataFrame(), average="macro"), float)
