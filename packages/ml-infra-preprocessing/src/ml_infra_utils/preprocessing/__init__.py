"""Scale, clip and check numeric data.

Names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ml_infra_utils.preprocessing.clipper import (
        OutlierClipper,
    )
    from ml_infra_utils.preprocessing.findings import (
        ColumnFindings,
        Findings,
        FindingsError,
    )
    from ml_infra_utils.preprocessing.normalization import (
        clip_outliers,
        normalize,
        standardize,
    )
    from ml_infra_utils.preprocessing.scalers import (
        MinMaxScaler,
        StandardScaler,
    )
    from ml_infra_utils.preprocessing.summary import (
        ColumnSummary,
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

_MODULES = {
    "ColumnFindings": "findings",
    "ColumnSummary": "summary",
    "Findings": "findings",
    "FindingsError": "findings",
    "MinMaxScaler": "scalers",
    "OutlierClipper": "clipper",
    "StandardScaler": "scalers",
    "Summary": "summary",
    "check_data_types": "validation",
    "check_missing_values": "validation",
    "clip_outliers": "normalization",
    "find_missing_values": "validation",
    "find_out_of_range": "validation",
    "find_type_mismatches": "validation",
    "normalize": "normalization",
    "standardize": "normalization",
    "summarize": "summary",
    "validate_range": "validation",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("ml-infra-preprocessing")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
