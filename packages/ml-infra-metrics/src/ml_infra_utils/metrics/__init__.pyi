"""What type checkers and editors read: ``__init__.py`` imports each name at its first use."""

from ml_infra_utils.metrics._formulas.intervals import Interval
from ml_infra_utils.metrics._showing.report import ClassificationReport
from ml_infra_utils.metrics._showing.threshold_curves import (
    CalibrationCurve,
    PrecisionRecallCurve,
    RocCurve,
)
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.meters import ClassificationMeter
from ml_infra_utils.metrics._states.multilabel import MultilabelCounts
from ml_infra_utils.metrics._states.paired_comparison import PairedComparison
from ml_infra_utils.metrics._states.regression_errors import RegressionErrors
from ml_infra_utils.metrics._states.score_histogram import ScoreHistogram
from ml_infra_utils.metrics._warnings import UndefinedMetricWarning
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
from ml_infra_utils.metrics.comparison import compare
from ml_infra_utils.metrics.curves import calibration_curve, precision_recall_curve, roc_curve
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
