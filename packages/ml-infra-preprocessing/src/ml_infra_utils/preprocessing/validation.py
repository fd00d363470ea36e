"""Check data for missing values, a range and types: whether it is wrong, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.cells import any_of, cells_of
from ml_infra_utils.preprocessing._parameters import NAN_POLICIES, check_choice
from ml_infra_utils.preprocessing._predicates import Missing, Mistyped, Outside
from ml_infra_utils.preprocessing._words import described
from ml_infra_utils.preprocessing.findings import FindingsError, findings_of, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal, SupportsFloat

    from ml_infra_utils.preprocessing._predicates import Predicate
    from ml_infra_utils.preprocessing.findings import Findings

    NanPolicy = Literal["raise", "omit", "propagate"]

__all__ = [
    "check_data_types",
    "check_missing_values",
    "find_missing_values",
    "find_out_of_range",
    "find_type_mismatches",
    "validate_range",
]


def find_missing_values(
    data: Any, *, columns: str | Sequence[str] | None = None, limit: int = 10
) -> Findings:
    """Find the missing values: None, NaN of any kind, `pandas.NA` and `pandas.NaT`.

    Parameters
    ----------
    data : iterable, array, series, frame, or query of an engine
        Values of any type, or rows of them: a position in a list of lists, or in a sparse matrix,
        is a row and a column; a list of dicts has a column for each key, and a key that a row
        lacks is missing there. An iterator is read once.
    columns : str or sequence of str, optional
        The columns of a frame to check, by default all.
    limit : int, default 10
        How many findings of each column are kept with their positions; all are counted.

    Returns
    -------
    Findings
        False if there are none. The rows of a query have no positions, so they are only counted.

    Raises
    ------
    TypeError
        If `data` is not a sequence of values, such as a string.
    ValueError
        If a column does not exist or `limit` is negative.

    Examples
    --------
    >>> print(find_missing_values([1.0, None, 3.0]))
    1 missing value at index 1 (None)
    """
    return _find(data, Missing(), columns, limit)


def find_out_of_range(
    data: Any,
    min_val: SupportsFloat,
    max_val: SupportsFloat,
    *,
    columns: str | Sequence[str] | None = None,
    nan_policy: NanPolicy = "propagate",
    limit: int = 10,
) -> Findings:
    """Find the values that do not lie in a closed range; a missing value lies in no range.

    Parameters
    ----------
    data : iterable of numbers, array, series, frame, or query of an engine
        Numbers, or rows of them, as in `find_missing_values`. An iterator is read once.
    min_val, max_val : float
        Both ends belong to the range, in the unit of `data`.
    columns : str or sequence of str, optional
        The columns of a frame to check, by default all numeric ones.
    nan_policy : {"propagate", "omit", "raise"}, default "propagate"
        What becomes of missing values: they lie in no range, they are left out, or they are an
        error.
    limit : int, default 10
        How many findings of each column are kept with their positions; all are counted.

    Returns
    -------
    Findings
        False if there are none. The rows of a query have no positions, so they are only counted.

    Raises
    ------
    ValueError
        If `min_val` > `max_val`, one of them is NaN, a column does not exist, `limit` is negative,
        or values are missing under `nan_policy="raise"`.
    TypeError
        If a value or a bound is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> print(find_out_of_range([0, 50, 101, -1], min_val=0, max_val=100))
    2 values out of range at index 2 (101), 3 (-1)
    """
    return _find(data, _outside(min_val, max_val, nan_policy), columns, limit, nan_policy)


def find_type_mismatches(
    data: Any,
    expected_type: type[Any] | tuple[type[Any], ...],
    *,
    columns: str | Sequence[str] | None = None,
    limit: int = 10,
) -> Findings:
    """Find the values that are not instances of a type.

    Parameters
    ----------
    data : iterable, array, series, frame, or query of an engine
        Values of any type. A column of a type, such as `Int8`, holds the Python type of its
        values, such as int. Rows are read as in `find_missing_values`, unless they are of the
        type themselves. An iterator is read once.
    expected_type : type or tuple of types
        As `isinstance` takes it: True is an int, and None is an instance of `type(None)` only.
    columns : str or sequence of str, optional
        The columns of a frame to check, by default all.
    limit : int, default 10
        How many findings of each column are kept with their positions; all are counted.

    Returns
    -------
    Findings
        False if there are none. The rows of a query have no positions, so they are only counted.

    Raises
    ------
    TypeError
        If `expected_type` is not a type, or `data` is not a sequence of values.
    ValueError
        If a column does not exist or `limit` is negative.

    Examples
    --------
    >>> print(find_type_mismatches([1, "2", 3], int))
    1 value of another type at index 1 ('2')
    """
    return _find(data, Mistyped(expected_type), columns, limit)


def check_missing_values(data: Any, *, columns: str | Sequence[str] | None = None) -> bool:
    """Tell whether any value is missing.

    Missing values are None, NaN of any kind (float, NumPy, `Decimal`), `pandas.NA` and
    `pandas.NaT`.

    Parameters
    ----------
    data : iterable, array, series, frame, or query of an engine
        Values of any type, or rows of them, as in `find_missing_values`. An iterator is read up
        to the first finding.
    columns : str or sequence of str, optional
        The columns of a frame to check, by default all.

    Returns
    -------
    bool
        True at the first missing value, False if there is none (of empty data too).

    Raises
    ------
    TypeError
        If `data` is not a sequence of values, such as a string, or values and rows are mixed.
    ValueError
        If a column does not exist.

    Examples
    --------
    >>> check_missing_values([1.0, None, 3.0])
    True
    >>> check_missing_values([1.0, 2.0, 3.0])
    False
    """
    return any_of(data, Missing(), columns)


def validate_range(
    data: Any,
    min_val: SupportsFloat,
    max_val: SupportsFloat,
    *,
    columns: str | Sequence[str] | None = None,
    nan_policy: NanPolicy = "propagate",
) -> bool:
    """Tell whether every value lies in the closed range from `min_val` to `max_val`.

    Parameters
    ----------
    data : iterable of numbers, array, series, frame, or query of an engine
        Numbers, or rows of them, as in `find_missing_values`. An iterator is read up to the first
        finding.
    min_val, max_val : float
        Both ends belong to the range, in the unit of `data`.
    columns : str or sequence of str, optional
        The columns of a frame to check, by default all numeric ones.
    nan_policy : {"propagate", "omit", "raise"}, default "propagate"
        What becomes of missing values: they lie in no range, they are left out, or they are an
        error.

    Returns
    -------
    bool
        False at the first value outside, True if there is none (for empty data too).

    Raises
    ------
    ValueError
        If `min_val` > `max_val`, one of them is NaN, a column does not exist, or values are
        missing under `nan_policy="raise"`.
    TypeError
        If a value or a bound is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> validate_range([0, 50, 100], min_val=0, max_val=100)
    True
    >>> validate_range([0, 50, 101], min_val=0, max_val=100)
    False
    """
    predicate = _outside(min_val, max_val, nan_policy)
    if nan_policy == "raise":
        return not _find(data, predicate, columns, 1, nan_policy)
    return not any_of(data, predicate, columns)


def check_data_types(
    data: Any,
    expected_type: type[Any] | tuple[type[Any], ...],
    *,
    columns: str | Sequence[str] | None = None,
) -> bool:
    """Tell whether every value is an instance of `expected_type`.

    Parameters
    ----------
    data : iterable, array, series, frame, or query of an engine
        Values of any type. A column of a type, such as `Int8`, holds the Python type of its
        values, such as int. Rows are read as in `find_missing_values`, unless they are of the
        type themselves. An iterator is read up to the first finding.
    expected_type : type or tuple of types
        As `isinstance` takes it: True is an int, and None is an instance of `type(None)` only.
    columns : str or sequence of str, optional
        The columns of a frame to check, by default all.

    Returns
    -------
    bool
        False at the first value of another type, True if there is none (for empty data too).

    Raises
    ------
    TypeError
        If `expected_type` is not a type, or `data` is not a sequence of values.

    Examples
    --------
    >>> check_data_types([1, 2, 3], int)
    True
    >>> check_data_types([1, 2.5, "3"], (int, float))
    False
    """
    return not any_of(data, Mistyped(expected_type), columns)


def _find(
    data: Any, predicate: Predicate, columns: Any, limit: int, nan_policy: str = "propagate"
) -> Findings:
    if not hasattr(limit, "__index__"):
        raise TypeError(f"limit must be an integer, got {described(limit)}")
    if limit < 0:
        raise ValueError(f"limit must be at least 0, got {limit!r}")
    cells = cells_of(data, predicate, columns)
    if nan_policy == "raise":
        missing = findings_of(Missing.noun, cells.find(Missing(), limit))
        if missing:
            raise FindingsError(
                f"data must have no missing values, got {told(missing)}; "
                "nan_policy='omit' leaves them out",
                missing,
            )
    return findings_of(predicate.noun, cells.find(predicate, limit))


def _outside(min_val: Any, max_val: Any, nan_policy: str) -> Outside:
    check_choice("nan_policy", nan_policy, NAN_POLICIES)
    return Outside(min_val, max_val, are_missing=nan_policy != "omit")
