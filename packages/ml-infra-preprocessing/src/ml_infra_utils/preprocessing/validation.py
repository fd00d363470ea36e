"""Check data for missing values, for a range, and for types."""

from __future__ import annotations

from ml_infra_utils.preprocessing import _sequences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["check_data_types", "check_missing_values", "validate_range"]


def check_missing_values(data: Iterable[object]) -> bool:
    """Tell whether any value is missing.

    Missing are None, NaN of any kind (float, NumPy, `Decimal`), `pandas.NA` and `pandas.NaT`.

    Parameters
    ----------
    data : iterable
        Shape (n,), values of any type. An iterator is taken up to the first missing value.

    Returns
    -------
    bool
        True at the first missing value, False if there is none (of empty data too).

    Raises
    ------
    TypeError
        If `data` is not a sequence of values, such as a string.

    Examples
    --------
    >>> check_missing_values([1.0, None, 3.0])
    True
    >>> check_missing_values([1.0, 2.0, 3.0])
    False
    """
    return any(map(_sequences.is_missing, _sequences.values_of(data)))


def validate_range(data: Iterable[object], min_val: float, max_val: float) -> bool:
    """Tell whether every value lies in the closed range from `min_val` to `max_val`.

    Parameters
    ----------
    data : iterable of numbers
        Shape (n,). A missing value lies in no range. An iterator is taken once.
    min_val, max_val : float
        Both ends belong to the range, in the unit of `data`.

    Returns
    -------
    bool
        False at the first value outside, True if there is none (for empty data too).

    Raises
    ------
    ValueError
        If `min_val` > `max_val`, or one of them is NaN.
    TypeError
        If a value or a bound is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> validate_range([0, 50, 100], min_val=0, max_val=100)
    True
    >>> validate_range([0, 50, 101], min_val=0, max_val=100)
    False
    """
    _check_bound("min_val", min_val)
    _check_bound("max_val", max_val)
    if min_val > max_val:
        raise ValueError(
            f"min_val must not be greater than max_val, got min_val={min_val!r} "
            f"and max_val={max_val!r}"
        )
    return all(
        not _sequences.is_missing(value) and min_val <= _sequences.number(value, index) <= max_val
        for index, value in enumerate(_sequences.values_of(data))
    )


def check_data_types(
    data: Iterable[object], expected_type: type[Any] | tuple[type[Any], ...]
) -> bool:
    """Tell whether every value is an instance of `expected_type`.

    Parameters
    ----------
    data : iterable
        Shape (n,), values of any type. An iterator is taken once.
    expected_type : type or tuple of types
        As for `isinstance`: True is an int, and None is an instance of `type(None)` only.

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
    try:
        isinstance(None, expected_type)
    except TypeError:
        raise TypeError(
            f"expected_type must be a type or a tuple of types, got {expected_type!r}"
        ) from None
    return all(isinstance(value, expected_type) for value in _sequences.values_of(data))


def _check_bound(name: str, value: object) -> None:
    if not _sequences.is_number(value):
        raise TypeError(f"{name} must be a number, got {_sequences.described(value)}")
    if _sequences.is_missing(value):
        raise ValueError(f"{name} must not be NaN")
