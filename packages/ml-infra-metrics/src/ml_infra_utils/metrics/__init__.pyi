"""What type checkers and editors read: ``__init__.py`` imports each name at its first use."""

from ml_infra_utils.metrics._formulas.intervals import Interval as Interval
from ml_infra_utils.metrics._showing.report import ClassificationReport as ClassificationReport
from ml_infra_utils.metrics._showing.threshold_curves import (
    CalibrationCurve as CalibrationCurve,
    PrecisionRecallCurve as PrecisionRecallCurve,
    RocCurve as RocCurve,
)
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix as ConfusionMatrix
from ml_infra_utils.metrics._states.meters import ClassificationMeter as ClassificationMeter
from ml_infra_utils.metrics._states.multilabel import MultilabelCounts as MultilabelCounts
from ml_infra_utils.metrics._states.paired_comparison import PairedComparison as PairedComparison
from ml_infra_utils.metrics._states.regression_errors import RegressionErrors as RegressionErrors
from ml_infra_utils.metrics._states.score_histogram import ScoreHistogram as ScoreHistogram
from ml_infra_utils.metrics._undefined import UndefinedMetricWarning as UndefinedMetricWarning
from ml_infra_utils.metrics.agreement import (
    balanced_accuracy as balanced_accuracy,
    cohen_kappa as cohen_kappa,
    matthews_corrcoef as matthews_corrcoef,
    specificity as specificity,
)
from ml_infra_utils.metrics.classification import (
    accuracy as accuracy,
    classification_report as classification_report,
    f1_score as f1_score,
    precision as precision,
    recall as recall,
)
from ml_infra_utils.metrics.comparison import compare as compare
from ml_infra_utils.metrics.curves import (
    calibration_curve as calibration_curve,
    precision_recall_curve as precision_recall_curve,
    roc_curve as roc_curve,
)
from ml_infra_utils.metrics.overlap import fbeta_score as fbeta_score, jaccard as jaccard
from ml_infra_utils.metrics.probability import (
    average_precision as average_precision,
    brier_score as brier_score,
    expected_calibration_error as expected_calibration_error,
    log_loss as log_loss,
    roc_auc as roc_auc,
    top_k_accuracy as top_k_accuracy,
)
from ml_infra_utils.metrics.ranking import (
    mean_reciprocal_rank as mean_reciprocal_rank,
    ndcg_score as ndcg_score,
)
from ml_infra_utils.metrics.regression import (
    mean_absolute_error as mean_absolute_error,
    mean_squared_error as mean_squared_error,
    r2_score as r2_score,
    root_mean_squared_error as root_mean_squared_error,
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
