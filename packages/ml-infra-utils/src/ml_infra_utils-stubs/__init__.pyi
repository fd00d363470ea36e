# The types of the façade. Where the façade and a portion lie in two folders, as editable installs
# do, pyright finds both only if the façade's types are a partial stub package (pyright#8236).

from ml_infra_utils.decorators import retry as retry, timer as timer
from ml_infra_utils.logging import StructuredLogger as StructuredLogger
from ml_infra_utils.metrics import (
    accuracy as accuracy,
    f1_score as f1_score,
    precision as precision,
    recall as recall,
)
from ml_infra_utils.preprocessing import normalize as normalize, standardize as standardize

__all__ = [
    "normalize",
    "standardize",
    "accuracy",
    "precision",
    "recall",
    "f1_score",
    "timer",
    "retry",
    "StructuredLogger",
    "__version__",
]

__version__: str
