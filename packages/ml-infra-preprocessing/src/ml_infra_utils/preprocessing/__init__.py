"""Scale, clip and check numeric data.

Names are loaded on first use, so that importing this package costs next to nothing. Type
checkers and editors read the imports below, which never run.
"""

from __future__ import annotations

__all__ = [
    "Column",
    "ColumnDrift",
    "ColumnFindings",
    "ColumnSummary",
    "Contract",
    "ContractChanges",
    "DriftError",
    "DriftReport",
    "Findings",
    "FindingsError",
    "MinMaxScaler",
    "OutlierClipper",
    "RobustScaler",
    "RuleChange",
    "StandardScaler",
    "Summary",
    "check_data_types",
    "check_missing_values",
    "clip_outliers",
    "drift",
    "find_missing_values",
    "find_out_of_range",
    "find_type_mismatches",
    "normalize",
    "standardize",
    "summarize",
    "validate_range",
]

# To import typing costs more than this package. A plain False would hide the names from jedi.
TYPE_CHECKING = bool()  # noqa: UP018  # see above

if TYPE_CHECKING:
    from ml_infra_utils.preprocessing.clipper import OutlierClipper
    from ml_infra_utils.preprocessing.column_findings import ColumnFindings
    from ml_infra_utils.preprocessing.column_summary import ColumnSummary
    from ml_infra_utils.preprocessing.contract import Contract
    from ml_infra_utils.preprocessing.contract_changes import ContractChanges, RuleChange
    from ml_infra_utils.preprocessing.contract_column import Column
    from ml_infra_utils.preprocessing.drift_report import (
        ColumnDrift,
        DriftError,
        DriftReport,
        drift,
    )
    from ml_infra_utils.preprocessing.findings import Findings, FindingsError
    from ml_infra_utils.preprocessing.normalization import (
        clip_outliers,
        normalize,
        standardize,
    )
    from ml_infra_utils.preprocessing.robust_scaler import RobustScaler
    from ml_infra_utils.preprocessing.scalers import (
        MinMaxScaler,
        StandardScaler,
    )
    from ml_infra_utils.preprocessing.summary import (
        Summary,
        summarize,
    )
    from ml_infra_utils.preprocessing.validation import (
        check_data_types,
        check_missing_values,
        find_missing_values,
        find_out_of_range,
        find_type_mismatches,
        validate_range,
    )

    __version__: str

_HOMES = {
    "clipper": ("OutlierClipper",),
    "column_findings": ("ColumnFindings",),
    "column_summary": ("ColumnSummary",),
    "contract": ("Contract",),
    "contract_changes": ("ContractChanges", "RuleChange"),
    "contract_column": ("Column",),
    "drift_report": ("ColumnDrift", "DriftError", "DriftReport", "drift"),
    "findings": ("Findings", "FindingsError"),
    "normalization": ("clip_outliers", "normalize", "standardize"),
    "robust_scaler": ("RobustScaler",),
    "scalers": ("MinMaxScaler", "StandardScaler"),
    "summary": ("Summary", "summarize"),
    "validation": (
        "check_data_types",
        "check_missing_values",
        "find_missing_values",
        "find_out_of_range",
        "find_type_mismatches",
        "validate_range",
    ),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("ml-infra-preprocessing")
        except PackageNotFoundError:
            message = "ml-infra-preprocessing is not installed: it has no version"
            raise AttributeError(message) from None
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            globals()[name] = value = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
