"""What must be exact is exact to the last digit, lazily and in merges too."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    StandardScaler,
    clip_outliers,
    normalize,
    standardize,
    summarize,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
each_query = settings(max_examples=30)
LARGEST = sys.float_info.max


def lazily(function, values, dtype=None):
    frame = pl.LazyFrame({"a": pl.Series(values, dtype=dtype)})
    return function(frame).collect()["a"].to_list()


@each_query
@given(st.lists(INT64, min_size=2, max_size=5, unique=True))
def test_the_ends_of_whole_numbers_are_reached_lazily(values):
    for function, ends in (
        (normalize, (0.0, 1.0)),
        (MinMaxScaler((0.1, 0.3)).fit_transform, (0.1, 0.3)),
    ):
        result = lazily(function, values, pl.Int64)
        assert ends == (min(result), max(result))
        place = dict(zip(values, result))
        assert ends == (place[min(values)], place[max(values)])


@each_query
@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=5, unique=True))
def test_the_ends_of_unsigned_numbers_are_reached_lazily(values):
    result = lazily(normalize, values, pl.UInt64)
    assert (0.0, 1.0) == (min(result), max(result))


@each_query
@given(st.lists(st.floats(-1e308, 1e308), min_size=2, max_size=5, unique=True))
def test_the_ends_of_floats_are_reached_lazily(values):
    result = lazily(normalize, values)
    assert (0.0, 1.0) == (min(result), max(result))


@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200], ids=str)
@pytest.mark.parametrize("function", [standardize, StandardScaler().fit_transform])
def test_features_that_differ_in_the_last_digit_keep_their_mean_lazily(function, scale):
    values = [0.3 * scale, float(np.nextafter(0.3 * scale, 1e300))]
    expected = standardize(values)
    assert [-0.5, 0.5] == pytest.approx([each / 2**0.5 for each in expected])
    assert expected == pytest.approx(lazily(function, values), rel=1e-9)


KINDS = {
    "list": list,
    "NumPy": np.array,
    "pandas": lambda values: pd.DataFrame({0: values}),
    "nullable": lambda values: pd.DataFrame({0: [*values, None]}, dtype="Int64"),
    "Polars": lambda values: pl.DataFrame({"0": values}),
    "lazy Polars": lambda values: pl.LazyFrame({"0": values}),
    "PyArrow": lambda values: pa.table({"0": [*values, None]}),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
def test_whole_numbers_past_floats_keep_their_last_digit_in_summaries_and_merges(make):
    summary = summarize(make([0, 2**53 + 1]))
    assert (0, 2**53 + 1) == (summary[0].min, summary[0].max)
    merged = (summarize(make([2**53 + 1])) + summarize(make([2**53 + 3])))[0]
    assert (2**53 + 1, 2**53 + 3) == (merged.min, merged.max)
    assert 2 == merged.mean - 2**53 + merged.mean_residual


def test_halves_of_the_largest_float_merge_without_overflow():
    merged = (summarize([LARGEST / 2]) + summarize([-LARGEST / 2]))[0]
    assert (0.0, -LARGEST / 2, LARGEST / 2) == (merged.mean, merged.min, merged.max)
    assert LARGEST / 2 * 2**0.5 == pytest.approx(merged.std)


RESULTS = """
import json, random
import polars as pl
from ml_infra_utils.preprocessing import *
draw = random.Random(0)
frame = pl.DataFrame({
    "a": [draw.gauss(5, 2) for _ in range(1000)],
    "b": [draw.randrange(10**9) for _ in range(1000)],
})
functions = [standardize, normalize, clip_outliers, StandardScaler().fit_transform]
results = [function(frame).to_dict(as_series=False) for function in functions]
results += [standardize(frame.to_arrow()).to_pydict()]
results += [standardize(frame.lazy()).collect().to_dict(as_series=False)]
results += [summarize(frame).to_dict(), summarize(frame["a"].to_list()).to_dict()]
for length in (3, 299, 300, 301, 1000):
    values = frame["a"].to_list()[:length]
    results += [function(values) for function in functions[:3]]
print(json.dumps(results))
"""


def test_a_result_does_not_depend_on_whether_numpy_is_loaded():
    def results(before):
        command = [sys.executable, "-c", before + RESULTS]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert results("") == results("import numpy\n")


@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0, 0.0],
        [-0.0, 0.0],
        [-0.0, 0.0, 3.0],
        [True, False, 1],
        [2, 0.5, 2.0, Fraction(1, 2)],
    ],
    ids=repr,
)
def test_signs_of_zero_and_types_do_not_depend_on_numpy_either(values, monkeypatch):
    values = values * 200
    calls = [
        lambda: normalize(values, on_constant="zero"),
        lambda: standardize(values, on_constant="zero"),
        lambda: clip_outliers(values),
        lambda: clip_outliers(values, 10, 90, method="linear"),
        lambda: summarize(values).to_dict(),
    ]
    with_numpy = [repr(call()) for call in calls]
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert [repr(call()) for call in calls] == with_numpy


@pytest.mark.parametrize("ddof", [0, 1, 2, 0.5, -1, True, np.float64(0.5), np.int64(0)], ids=repr)
def test_arrays_of_the_standard_take_every_ddof(ddof):
    xp = pytest.importorskip("array_api_strict", reason="not for Python 3.8")
    rows = [[1.0, 5.0], [2.0, 7.0], [4.0, 1.0], [3.0, 3.0]]
    expected = StandardScaler(ddof=ddof).fit_transform(np.array(rows))
    for function in (
        StandardScaler(ddof=ddof).fit_transform,
        lambda x: standardize(x, axis=0, ddof=ddof),
    ):
        result = np.from_dlpack(function(xp.asarray(rows)))
        np.testing.assert_allclose(expected, result, rtol=1e-14)
