"""Typed usage, read by type checkers and run by nobody."""

from __future__ import annotations

from fractions import Fraction
from typing import List

from typing_extensions import assert_type

from ml_infra_utils.preprocessing import (
    __version__,
    check_data_types,
    check_missing_values,
    clip_outliers,
    normalize,
    standardize,
    validate_range,
)

assert_type(__version__, str)
assert_type(normalize([1, 2.5, Fraction(1, 2)]), List[float])
assert_type(standardize(range(3)), List[float])
assert_type(clip_outliers([1, 2, 3], lower_percentile=1), List[int])
assert_type(check_missing_values([None, "a"]), bool)
assert_type(validate_range([1, 2], 0, 1.5), bool)
assert_type(check_data_types(["a"], (str, int)), bool)

normalize(["1", "2"])  # type: ignore[list-item]  # text is not a number
