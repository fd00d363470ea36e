"""A column that holds numbers is read by its values, or named in an error."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    check_data_types,
    find_missing_values,
    find_out_of_range,
    normalize,
    summarize,
    validate_range,
)

# pandas 2 makes copies of swapped bytes in the order of the machine, in its own functions too.
KEEPS_BYTES = int(pd.__version__.split(".")[0]) >= 3
VALUES = [1.0, 9.0, 5.0, 1.0]
ENCODED = {
    "big-endian": lambda: pd.Series(np.array(VALUES, ">f8")),
    "long double": lambda: pd.Series(np.array(VALUES, np.longdouble)),
    "sparse": lambda: pd.Series(pd.arrays.SparseArray(VALUES)),
    "sparse integers": lambda: pd.Series(pd.arrays.SparseArray([1, 9, 5, 1])),
    "categorical": lambda: pd.Series(pd.Categorical(VALUES)),
    "objects": lambda: pd.Series(VALUES, dtype=object),
    "objects of ints": lambda: pd.Series([1, 9, 5, 1], dtype=object),
    "decimals": lambda: pd.Series([Decimal(int(value)) for value in VALUES]),
    "arrow dictionary": lambda: pd.Series(
        pd.arrays.ArrowExtensionArray(pa.array(VALUES).dictionary_encode())
    ),
    "pyarrow dictionary": lambda: pa.array(VALUES).dictionary_encode(),
    "pyarrow runs": lambda: pa.RunEndEncodedArray.from_arrays(
        pa.array([1, 2, 3, 4], pa.int32()), pa.array(VALUES)
    ),
    "pyarrow decimal": lambda: pa.array(list(map(Decimal, VALUES)), pa.decimal128(5, 1)),
    "polars decimal": lambda: pl.Series(list(map(Decimal, VALUES))),
}


def _frame(make):
    column, other = make(), [0.5, 1.0, 0.0, 0.0]
    if isinstance(column, pd.Series):
        return pd.DataFrame({"a": column, "x": other, "text": list("pqrs")})
    if isinstance(column, pl.Series):
        return pl.DataFrame({"a": column, "x": other, "text": list("pqrs")})
    return pa.table({"a": column, "x": other, "text": list("pqrs")})


def _listed(frame, name):
    column = frame[name]
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


@pytest.mark.parametrize("make", ENCODED.values(), ids=list(ENCODED))
def test_numbers_are_never_skipped_because_of_their_type(make):
    frame = _frame(make)
    assert validate_range(frame, 0, 3) is False
    findings = find_out_of_range(frame, 0, 3).by_column["a"]
    assert [place for place, _ in findings.first] == [1, 2]
    assert summarize(frame)["a"].max == 9
    assert _listed(normalize(frame), "a") == [0.0, 1.0, 0.5, 0.0]
    scaled = MinMaxScaler(columns=["a", "x"]).fit_transform(frame)
    assert _listed(scaled, "a") == [0.0, 1.0, 0.5, 0.0]


@pytest.mark.parametrize("make", ENCODED.values(), ids=list(ENCODED))
def test_columns_that_are_not_chosen_stay_as_they_are(make):
    frame = _frame(make)
    kept = normalize(frame, columns=["x"])
    if isinstance(frame, pd.DataFrame):
        for name in ("a", "text"):
            pd.testing.assert_series_equal(kept[name], frame[name], check_dtype=KEEPS_BYTES)
    else:
        assert kept.select(["a", "text"]).equals(frame.select(["a", "text"]))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1.0, math.nan]).dictionary_encode(),
        pa.array([1.0, None]).dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["x", None])),
        pa.RunEndEncodedArray.from_arrays(pa.array([1, 2], pa.int32()), pa.array([1.0, None])),
    ],
)
def test_what_is_missing_is_seen_in_encoded_columns(column):
    findings = find_missing_values(pa.table({"a": column}))
    assert [place for place, _ in findings.columns[0].first] == [1]


def test_findings_are_the_values_that_the_frame_holds():
    frame = pd.DataFrame({"a": [Decimal("0.1"), None, Decimal(9)]})
    assert find_out_of_range(frame, 0, 3, nan_policy="omit").columns[0].first == ((2, Decimal(9)),)
    assert find_missing_values(frame).columns[0].first[0] == (1, frame["a"].iat[1])
    assert check_data_types(frame.dropna(), Decimal) is True


def test_complex_columns_are_named_in_an_error():
    frame = pd.DataFrame({"a": [1.0], "z": [1j]})
    for function in (normalize, lambda data: validate_range(data, 0, 1)):
        with pytest.raises(TypeError, match=r"got column 'z' of type complex128.*columns="):
            function(frame)
    assert validate_range(frame, 0, 1, columns=["a"]) is True


def test_text_and_numbers_in_one_column_are_text():
    frame = pd.DataFrame({"a": pd.Series([1, "x"], dtype=object), "x": [1.0, 2.0]})
    assert list(normalize(frame)["a"]) == [1, "x"]
    with pytest.raises(TypeError, match="columns must be numeric, got 'a'"):
        validate_range(frame, 0, 1, columns=["a"])


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": [[math.nan]]}),
        pl.LazyFrame({"a": [[math.nan]]}),
        pl.DataFrame({"a": [{"b": None}]}),
        pa.table({"a": [[1, None]]}),
        pd.DataFrame({"a": [[1, None]]}),
        pd.DataFrame({"a": [None, {"b": None}]}),
    ],
)
def test_a_column_of_lists_or_structs_is_refused(frame):
    with pytest.raises(TypeError, match=r"columns of single values, got 'a' .*columns="):
        find_missing_values(frame)
