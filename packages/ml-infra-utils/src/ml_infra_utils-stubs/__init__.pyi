# The types of the façade. Where the façade and a portion lie in two folders, as editable installs
# do, pyright finds both only if the façade's types are a partial stub package (pyright#8236).

from ml_infra_utils.decorators import retry, timer
from ml_infra_utils.logging import StructuredLogger
from ml_infra_utils.metrics import accuracy, f1_score, precision, recall
from ml_infra_utils.preprocessing import normalize, standardize

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
