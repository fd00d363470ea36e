"""Scores of predictions: count once, and every score follows from the counts.

Each name is imported at its first use, so ``import ml_infra_utils.metrics`` costs next to
nothing.
"""

TYPE_CHECKING = False  # typing takes longer to import than this
if TYPE_CHECKING:
    from ml_infra_utils.metrics._comparison import PairedComparison, compare
    from ml_infra_utils.metrics._confusion import ConfusionMatrix
    from ml_infra_utils.metrics._curves import CalibrationCurve, PrecisionRecallCurve, RocCurve
    from ml_infra_utils.metrics._histogram import ScoreHistogram
    from ml_infra_utils.metrics._interval import Interval
    from ml_infra_utils.metrics._meter import ClassificationMeter
    from ml_infra_utils.metrics._multilabel import MultilabelCounts
    from ml_infra_utils.metrics._regression import RegressionErrors
    from ml_infra_utils.metrics._report import ClassificationReport
    from ml_infra_utils.metrics._scores import UndefinedMetricWarning
    from ml_infra_utils.metrics.agreement import (
        balanced_accuracy,
        cohen_kappa,
        matthews_corrcoef,
        specificity,
    )
    from ml_infra_utils.metrics.classification import (
        accuracy,
        classification_report,
        f1_score,
        precision,
        recall,
    )
    from ml_infra_utils.metrics.curves import (
        calibration_curve,
        precision_recall_curve,
        roc_curve,
    )
    from ml_infra_utils.metrics.overlap import fbeta_score, jaccard
    from ml_infra_utils.metrics.probability import (
        average_precision,
        brier_score,
        expected_calibration_error,
        log_loss,
        roc_auc,
        top_k_accuracy,
    )
    from ml_infra_utils.metrics.regression import (
        mean_absolute_error,
        mean_squared_error,
        r2_score,
        root_mean_squared_error,
    )

    __version__: str

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1_score",
    "fbeta_score",
    "jaccard",
    "matthews_corrcoef",
    "cohen_kappa",
    "classification_report",
    "compare",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "top_k_accuracy",
    "roc_curve",
    "precision_recall_curve",
    "calibration_curve",
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "r2_score",
    "ClassificationMeter",
    "ConfusionMatrix",
    "MultilabelCounts",
    "ClassificationReport",
    "Interval",
    "PairedComparison",
    "ScoreHistogram",
    "RegressionErrors",
    "RocCurve",
    "PrecisionRecallCurve",
    "CalibrationCurve",
    "UndefinedMetricWarning",
]

_MODULES = {
    "_comparison": ("PairedComparison", "compare"),
    "_confusion": ("ConfusionMatrix",),
    "_curves": ("CalibrationCurve", "PrecisionRecallCurve", "RocCurve"),
    "_histogram": ("ScoreHistogram",),
    "_interval": ("Interval",),
    "_meter": ("ClassificationMeter",),
    "_multilabel": ("MultilabelCounts",),
    "_regression": ("RegressionErrors",),
    "_report": ("ClassificationReport",),
    "_scores": ("UndefinedMetricWarning",),
    "agreement": ("balanced_accuracy", "cohen_kappa", "matthews_corrcoef", "specificity"),
    "classification": ("accuracy", "classification_report", "f1_score", "precision", "recall"),
    "curves": ("calibration_curve", "precision_recall_curve", "roc_curve"),
    "overlap": ("fbeta_score", "jaccard"),
    "probability": (
        "average_precision",
        "brier_score",
        "expected_calibration_error",
        "log_loss",
        "roc_auc",
        "top_k_accuracy",
    ),
    "regression": (
        "mean_absolute_error",
        "mean_squared_error",
        "r2_score",
        "root_mean_squared_error",
    ),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("ml-infra-metrics")
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
