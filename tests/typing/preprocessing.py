"""Typed usage, read by type checkers and run by nobody."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, List, Literal, Union

import numpy as np
import polars as pl
from typing_extensions import assert_type

from ml_infra_utils.preprocessing import (
    ColumnDrift,
    DriftReport,
    Findings,
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    Summary,
    __version__,
    check_data_types,
    check_missing_values,
    clip_outliers,
    drift,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
    normalize,
    standardize,
    summarize,
    validate_range,
)

assert_type(__version__, str)

# A sequence becomes a list.
assert_type(normalize([1, 2.5, Fraction(1, 2)]), List[float])
assert_type(normalize([1, None], nan_policy="omit", on_constant="zero"), List[float])
assert_type(standardize(range(3), ddof=0), List[float])
assert_type(clip_outliers([1, 2, 3], lower_percentile=1), List[int])
assert_type(clip_outliers([1, 2, 3], method="linear"), List[float])
assert_type(clip_outliers([1, None], nan_policy="omit"), List[Union[int, float, None]])
normalize(["1", "2"])  # type: ignore[list-item]  # text is not a number
normalize([1, 2], nan_policy="drop")  # type: ignore[call-overload]  # no such policy

# A container comes back as it came.
array = np.zeros(3)
assert_type(normalize(array, axis=None, out=array), "np.ndarray[tuple[int], np.dtype[np.float64]]")
frame = pl.DataFrame({"a": [1.0, 2.0]})
assert_type(normalize(frame, columns="a"), pl.DataFrame)
assert_type(standardize(frame["a"]), pl.Series)
assert_type(clip_outliers(frame.lazy(), 1, 99, method="linear"), pl.LazyFrame)

assert_type(check_missing_values([None, "a"]), bool)
assert_type(validate_range([1, 2], 0, 1.5), bool)
assert_type(validate_range([Decimal(1)], Decimal(0), Fraction(3, 2)), bool)
assert_type(check_data_types(["a"], (str, int)), bool)
assert_type(find_missing_values(frame).merge(find_missing_values(frame)), Findings)
assert_type(find_out_of_range([1], 0, 1, limit=3).total, int)
assert_type(bool(find_type_mismatches([1], int)), bool)

assert_type(summarize(frame).merge(summarize(frame)), Summary)
assert_type(RobustScaler().fit_summary(summarize(frame, distributions=True)), RobustScaler)
assert_type(MinMaxScaler().fit_summary(summarize(frame)) + MinMaxScaler(), MinMaxScaler)
assert_type(summarize(frame) + summarize(frame), Summary)
assert_type(sum([summarize(frame)]), Union[Summary, Literal[0]])
assert_type(Summary.from_dict(summarize([1]).to_dict()), Summary)
assert_type(summarize(frame, distributions=True)["a"].quantile(0.5), Any)
assert_type(drift(summarize([1], distributions=True), [2.0], psi=0.1), DriftReport)
assert_type(drift(frame, frame)["a"], ColumnDrift)
assert_type(Findings.from_json(find_missing_values([1]).to_json()), Findings)

scaler = StandardScaler(ddof=0).fit(frame)
assert_type(scaler, StandardScaler)
assert_type(scaler.merge(scaler).set_output(transform="pandas"), StandardScaler)
assert_type(MinMaxScaler.from_dict(scaler.to_dict()), MinMaxScaler)
assert_type(scaler.transform(frame), Any)
assert_type(OutlierClipper(1, 99, sketch_size=200).fit(frame), OutlierClipper)
assert_type(OutlierClipper(sketch_size=200).partial_fit(frame), OutlierClipper)
assert_type(StandardScaler().fit(frame, sample_weight=[1, 2]), StandardScaler)
assert_type(StandardScaler().partial_fit(frame, sample_weight=array), StandardScaler)
assert_type(RobustScaler(quantile_range=(10, 90)).fit(frame), RobustScaler)
assert_type(sum([RobustScaler().fit(frame)]), Union[RobustScaler, Literal[0]])
scaler.merge(MinMaxScaler())  # type: ignore[arg-type]  # of another class
