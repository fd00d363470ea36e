"""Scores of predictions: count once, and every score follows from the counts.

Each name is imported at its first use, so ``import ml_infra_utils.metrics`` costs next to
nothing. Type checkers and editors read ``__init__.pyi``, which imports them all.
"""

_MODULES = {
    "classification": ("accuracy", "precision", "recall", "f1_score", "classification_report"),
    "agreement": ("balanced_accuracy", "specificity", "matthews_corrcoef", "cohen_kappa"),
    "overlap": ("fbeta_score", "jaccard"),
    "probability": (
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier_score",
        "expected_calibration_error",
        "top_k_accuracy",
    ),
    "curves": ("roc_curve", "precision_recall_curve", "calibration_curve"),
    "regression": (
        "mean_absolute_error",
        "mean_squared_error",
        "root_mean_squared_error",
        "r2_score",
    ),
    "ranking": ("ndcg_score", "mean_reciprocal_rank"),
    "comparison": ("compare",),
    "_states.confusion": ("ConfusionMatrix",),
    "_states.multilabel": ("MultilabelCounts",),
    "_states.score_histogram": ("ScoreHistogram",),
    "_states.regression_errors": ("RegressionErrors",),
    "_states.paired_comparison": ("PairedComparison",),
    "_states.meters": ("ClassificationMeter",),
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
    "ndcg_score",
    "mean_reciprocal_rank",
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
