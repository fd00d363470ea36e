"""Scores of predictions: count once, and every score follows from the counts.

Each name is imported at its first use, so ``import ml_infra_utils.metrics`` costs next to
nothing. Type checkers and editors read the imports below, which never run.
"""

# To import typing costs more than this package. A plain False would hide the names from jedi.
TYPE_CHECKING = bool()  # noqa: UP018  # see above

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.intervals import Interval
    from ml_infra_utils.metrics._showing.drift_table import (
        DistributionDrift,
        DriftError,
        DriftReport,
    )
    from ml_infra_utils.metrics._showing.report import ClassificationReport
    from ml_infra_utils.metrics._showing.threshold_curves import (
        CalibrationCurve,
        PrecisionRecallCurve,
        RocCurve,
    )
    from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
    from ml_infra_utils.metrics._states.decisions import SliceDecision, SliceDecisions
    from ml_infra_utils.metrics._states.meters import (
        ClassificationMeter,
        HistogramMeter,
        MultilabelMeter,
        RegressionMeter,
    )
    from ml_infra_utils.metrics._states.multilabel import MultilabelCounts
    from ml_infra_utils.metrics._states.paired_comparison import PairedComparison
    from ml_infra_utils.metrics._states.regression_errors import RegressionErrors
    from ml_infra_utils.metrics._states.score_difference import ScoreDifference
    from ml_infra_utils.metrics._states.score_histogram import ScoreHistogram
    from ml_infra_utils.metrics._states.slices import Slices, SliceScore, SliceScores
    from ml_infra_utils.metrics._undefined import UndefinedMetricWarning
    from ml_infra_utils.metrics.agreement import (
        balanced_accuracy,
        cohen_kappa,
        matthews_corrcoef,
        specificity,
    )
    from ml_infra_utils.metrics.calibration import (
        expected_calibration_error,
        maximum_calibration_error,
        root_mean_square_calibration_error,
    )
    from ml_infra_utils.metrics.classification import (
        accuracy,
        classification_report,
        f1_score,
        hamming_loss,
        precision,
        recall,
    )
    from ml_infra_utils.metrics.comparison import compare
    from ml_infra_utils.metrics.curves import (
        calibration_curve,
        precision_recall_curve,
        roc_curve,
    )
    from ml_infra_utils.metrics.drift_report import drift
    from ml_infra_utils.metrics.overlap import fbeta_score, jaccard
    from ml_infra_utils.metrics.probability import (
        average_precision,
        brier_score,
        log_loss,
        roc_auc,
        top_k_accuracy,
    )
    from ml_infra_utils.metrics.ranking import (
        mean_reciprocal_rank,
        ndcg_score,
    )
    from ml_infra_utils.metrics.regression import (
        max_error,
        mean_absolute_error,
        mean_absolute_percentage_error,
        mean_error,
        mean_pinball_loss,
        mean_squared_error,
        median_absolute_error,
        r2_score,
        root_mean_squared_error,
        symmetric_mean_absolute_percentage_error,
        weighted_absolute_percentage_error,
    )

    __version__: str

_MODULES = {
    "classification": (
        "accuracy",
        "precision",
        "recall",
        "f1_score",
        "hamming_loss",
        "classification_report",
    ),
    "agreement": ("balanced_accuracy", "specificity", "matthews_corrcoef", "cohen_kappa"),
    "overlap": ("fbeta_score", "jaccard"),
    "probability": (
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier_score",
        "top_k_accuracy",
    ),
    "calibration": (
        "expected_calibration_error",
        "maximum_calibration_error",
        "root_mean_square_calibration_error",
    ),
    "curves": ("roc_curve", "precision_recall_curve", "calibration_curve"),
    "regression": (
        "mean_absolute_error",
        "mean_squared_error",
        "root_mean_squared_error",
        "r2_score",
        "mean_absolute_percentage_error",
        "weighted_absolute_percentage_error",
        "symmetric_mean_absolute_percentage_error",
        "median_absolute_error",
        "mean_pinball_loss",
        "mean_error",
        "max_error",
    ),
    "ranking": ("ndcg_score", "mean_reciprocal_rank"),
    "comparison": ("compare",),
    "drift_report": ("drift",),
    "_states.confusion": ("ConfusionMatrix",),
    "_states.multilabel": ("MultilabelCounts",),
    "_states.score_histogram": ("ScoreHistogram",),
    "_states.regression_errors": ("RegressionErrors",),
    "_states.paired_comparison": ("PairedComparison",),
    "_states.score_difference": ("ScoreDifference",),
    "_states.decisions": ("SliceDecision", "SliceDecisions"),
    "_states.slices": ("Slices", "SliceScore", "SliceScores"),
    "_states.meters": (
        "ClassificationMeter",
        "MultilabelMeter",
        "HistogramMeter",
        "RegressionMeter",
    ),
    "_showing.drift_table": ("DistributionDrift", "DriftError", "DriftReport"),
    "_showing.report": ("ClassificationReport",),
    "_showing.threshold_curves": ("RocCurve", "PrecisionRecallCurve", "CalibrationCurve"),
    "_formulas.intervals": ("Interval",),
    "_undefined": ("UndefinedMetricWarning",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1_score",
    "fbeta_score",
    "jaccard",
    "hamming_loss",
    "matthews_corrcoef",
    "cohen_kappa",
    "classification_report",
    "compare",
    "drift",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "maximum_calibration_error",
    "root_mean_square_calibration_error",
    "top_k_accuracy",
    "roc_curve",
    "precision_recall_curve",
    "calibration_curve",
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "r2_score",
    "mean_absolute_percentage_error",
    "weighted_absolute_percentage_error",
    "symmetric_mean_absolute_percentage_error",
    "median_absolute_error",
    "mean_pinball_loss",
    "mean_error",
    "max_error",
    "ndcg_score",
    "mean_reciprocal_rank",
    "ClassificationMeter",
    "MultilabelMeter",
    "HistogramMeter",
    "RegressionMeter",
    "ConfusionMatrix",
    "MultilabelCounts",
    "ClassificationReport",
    "DistributionDrift",
    "DriftError",
    "DriftReport",
    "Interval",
    "PairedComparison",
    "ScoreDifference",
    "ScoreHistogram",
    "SliceDecision",
    "SliceDecisions",
    "SliceScore",
    "SliceScores",
    "Slices",
    "RegressionErrors",
    "RocCurve",
    "PrecisionRecallCurve",
    "CalibrationCurve",
    "UndefinedMetricWarning",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = _version()
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ml-infra-metrics")
    except PackageNotFoundError:
        raise AttributeError(
            f"module {__name__!r} has no attribute '__version__': "
            "the metadata of ml-infra-metrics is not installed"
        ) from None


def __dir__() -> "list[str]":
    return sorted(__all__)
