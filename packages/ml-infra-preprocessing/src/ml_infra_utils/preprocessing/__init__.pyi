"""What type checkers and editors read of the names that are loaded on first use."""

from ml_infra_utils.preprocessing.clipper import OutlierClipper as OutlierClipper
from ml_infra_utils.preprocessing.findings import (
    ColumnFindings as ColumnFindings,
    Findings as Findings,
    FindingsError as FindingsError,
)
from ml_infra_utils.preprocessing.normalization import (
    clip_outliers as clip_outliers,
    normalize as normalize,
    standardize as standardize,
)
from ml_infra_utils.preprocessing.scalers import (
    MinMaxScaler as MinMaxScaler,
    StandardScaler as StandardScaler,
)
from ml_infra_utils.preprocessing.summary import (
    ColumnSummary as ColumnSummary,
    Summary as Summary,
    summarize as summarize,
)
from ml_infra_utils.preprocessing.validation import (
    check_data_types as check_data_types,
    check_missing_values as check_missing_values,
    find_missing_values as find_missing_values,
    find_out_of_range as find_out_of_range,
    find_type_mismatches as find_type_mismatches,
    validate_range as validate_range,
)

__version__: str

__all__ = [
    "ColumnFindings",
    "ColumnSummary",
    "Findings",
    "FindingsError",
    "MinMaxScaler",
    "OutlierClipper",
    "StandardScaler",
    "Summary",
    "check_data_types",
    "check_missing_values",
    "clip_outliers",
    "find_missing_values",
    "find_out_of_range",
    "find_type_mismatches",
    "normalize",
    "standardize",
    "summarize",
    "validate_range",
]

def __dir__() -> list[str]: ...
