"""Checks of what iterates into rows: cell by cell with the position, or a TypeError."""

from __future__ import annotations

import collections
import dataclasses
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import (
    FindingsError,
    check_data_types,
    check_missing_values,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
    validate_range,
)

Point = collections.namedtuple("Point", "x y")
RECORD = [("a", float), ("b", float)]


@dataclasses.dataclass
class Measurement:
    value: float


def places(findings):
    return [(column.name, place) for column in findings.columns for place, _ in column.first]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([[1.0, 2.0], [3.0, math.nan]], (None, (1, 1))),
        ([(1.0, None)], (None, (0, 1))),
        ([Point(1.0, None)], (None, (0, 1))),
        ([[1.0], [2.0, None, 3.0]], (None, (1, 1))),
        ([[[1.0, 2.0], [3.0, None]]], (None, (0, 1, 1))),
        ([np.array([1.0, math.nan])], (None, (0, 1))),
        ([[1.0, 2.0], None], (None, 1)),
        ([{"a": 1.0, "b": 2.0}, {"a": 1.0, "b": None}], ("b", 1)),
        ([{"a": 1.0, "b": 2.0}, {"b": 2.0}], ("a", 1)),
        (np.array([(1.0, math.nan)], RECORD), ("b", 0)),
        (list(np.array([(1.0, math.nan)], RECORD)), ("b", 0)),
        (np.rec.array([(1.0, math.nan)], RECORD), ("b", 0)),
        (np.array([[1, None], [2, 3]], object), (None, (0, 1))),
        (np.array(["2020-01-01", "NaT"], "M8[ns]"), (None, 1)),
        (np.array(["1", "NaT"], "m8[ns]"), (None, 1)),
    ],
)
def test_a_missing_cell_is_found_where_it_is(rows, place):
    assert places(find_missing_values(rows)) == [place]
    assert check_missing_values(rows) is True
    if isinstance(rows, list):
        assert check_missing_values(iter(rows)) is True
        assert places(find_missing_values(iter(rows))) == [place]


@pytest.mark.parametrize(
    "rows",
    [
        [[1.0, 2.0]],
        [[1.0, 5.0], [9.0, 2.0]],
        [{"a": 1.0, "b": 9.0}, {"a": 2.0, "b": 0.0}],
        np.array([(1.0, 9.0)], RECORD),
    ],
)
def test_the_range_of_rows_is_that_of_their_cells(rows):
    cells = [value for row in rows for value in (row.values() if isinstance(row, dict) else row)]
    assert validate_range(rows, 0, 3) == validate_range(cells, 0, 3)
    assert find_out_of_range(rows, 0, 3).total == find_out_of_range(cells, 0, 3).total


def test_what_is_missing_among_dicts_is_missing_in_each_of_their_columns():
    findings = find_missing_values([{"a": 1, "b": None}, None, {"a": 2, "b": 3}])
    assert [("a", 1), ("b", 2)] == [(column.name, column.count) for column in findings.columns]


def test_the_types_in_dicts_are_found_by_column():
    findings = find_type_mismatches([{"a": 1, "b": "x"}, {"a": 2, "b": 3}], int)
    assert [("a", 0), ("b", 1)] == [(column.name, column.count) for column in findings.columns]


def test_text_in_dicts_is_left_out_of_a_range_unless_it_is_chosen():
    rows = [{"name": "x", "age": 30}, {"name": "y", "age": 130}]
    assert places(find_out_of_range(rows, 0, 120)) == [("age", 1)]
    with pytest.raises(TypeError, match="columns must be numeric, got 'name' of type str"):
        find_out_of_range(rows, 0, 120, columns=["name"])


def test_text_among_numbers_is_an_error_with_its_place():
    with pytest.raises(TypeError, match=r"data\[1\]\['age'\] must be a number, got 'x' \(str\)"):
        find_out_of_range([{"age": 30}, {"age": "x"}], 0, 120)
    with pytest.raises(TypeError, match=r"data\[0\]\[1\] must be a number, got 'x' \(str\)"):
        find_out_of_range([[1, "x"]], 0, 120)


def test_types_are_those_of_cells_unless_rows_are_of_the_type():
    assert check_data_types([[1, 2], [3, 4]], int) is True
    assert places(find_type_mismatches([[1, 2], [3, 4.0]], int)) == [(None, (1, 1))]
    assert check_data_types([[1, 2], [3]], list) is True
    assert places(find_type_mismatches([[1, 2], "x"], list)) == [(None, 1)]
    assert places(find_type_mismatches([1, [2]], int)) == [(None, 1)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([1.0, [2.0]], r"data\[1\] must be a single value, as others are"),
        ([[1.0], 2.0], r"data\[1\] must be a row of values, as others are"),
        ([[1.0], {"a": 2.0}, [2.0]], r"data\[1\]|data\[0\]"),
        ([{"a": 2.0}, 5], r"data\[1\] must be a dict"),
        ([{"a": [1.0]}], r"data\[0\]\['a'\] must be a single value"),
        ([[{"a": 1.0}]], r"data\[0\]\[0\] must be a single value"),
        ([{1.0, 2.0}], r"data\[0\] must be a value or a row of values"),
        ([Measurement(1.0)], r"data\[0\] must be a value or a row of values.*list of dicts"),
        ({"a": [1.0]}, r"pass \[data\] if it is one row, or a frame"),
    ],
)
def test_what_cannot_be_read_is_refused(data, expected):
    with pytest.raises(TypeError, match=expected):
        find_missing_values(data)
    with pytest.raises(TypeError, match="must be"):
        check_missing_values(data)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_sparse_arrays_are_read_with_the_zeros_that_they_do_not_store(kind):
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.array([[0.0, math.nan], [5.0, 0.0]])
    data = getattr(sparse, f"{kind}_array")(dense)
    for find, arguments in (
        (find_missing_values, ()),
        (find_out_of_range, (0, 5)),
        (find_out_of_range, (1, 9)),
        (find_out_of_range, (-1, 1)),
        (find_type_mismatches, (float,)),
        (find_type_mismatches, (int,)),
    ):
        for limit in (0, 1, 10):
            assert find(data, *arguments, limit=limit) == find(dense, *arguments, limit=limit)


class Stored:
    """An array in a file, as those of h5py and zarr, which is read slice by slice."""

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.ndim = array, array.shape, array.dtype, array.ndim

    def __getitem__(self, index):
        return self.array[index]


Stored.__module__ = "zarr.core"


def test_stored_arrays_are_read_as_arrays():
    array = np.arange(6.0).reshape(3, 2)
    array[2, 0] = math.nan
    assert find_missing_values(Stored(array)) == find_missing_values(array)
    assert find_out_of_range(Stored(array), 0, 2) == find_out_of_range(array, 0, 2)
    assert check_missing_values(Stored(array)) is True


def test_grouped_frames_are_refused():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="pass the frame itself"):
        check_missing_values(pandas.DataFrame({"a": [1.0]}).groupby("a"))


BOUNDS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.sampled_from([2**53, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, -(10**400)]),
    st.floats(allow_nan=False),
    st.fractions(),
    st.decimals(allow_nan=False),
)
DTYPES = ["int8", "uint8", "int64", "uint64", ">i4", "float16", "float32", ">f8", "float64", "bool"]


@given(st.data(), st.sampled_from(DTYPES), BOUNDS, BOUNDS)
def test_bounds_are_compared_exactly_in_every_dtype(data, dtype, one, other):
    low, high = min(one, other), max(one, other)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        numbers = st.floats(width=8 * kind.itemsize)
    elif kind.kind == "b":
        numbers = st.booleans()
    else:
        numbers = st.integers(int(np.iinfo(kind).min), int(np.iinfo(kind).max))
    values = data.draw(st.lists(numbers, min_size=1, max_size=5))
    array = np.array(values, kind)
    assert find_out_of_range(array, low, high) == find_out_of_range(array.tolist(), low, high)


@pytest.mark.parametrize("kind", ["pandas", "polars", "polars lazy", "pyarrow"])
@pytest.mark.parametrize(
    ("value", "dtype", "low", "high", "is_within"),
    [
        (2**53 + 1, "int64", 0, 2.0**53, False),
        (3, "int8", -(10**400), 10**400, True),
        (3, "uint8", -1, 2**70, True),
        (-128, "int8", -129, -128, True),
        (127, "int8", 127, 128, True),
        (math.inf, "float32", 0, 10**400, False),
        (np.float32(0.1), "float32", 0, 0.1, False),
        (0.3, "float64", 0, Fraction(3, 10), True),
        (0.1, "float64", 0, Fraction(1, 10), False),
        (0.1, "float64", 0, Decimal("0.1"), False),
    ],
)
def test_bounds_are_compared_exactly_in_frames(kind, value, dtype, low, high, is_within):
    library = pytest.importorskip(kind.split()[0])
    array = np.array([value], dtype)
    if kind == "pyarrow":
        frame = library.table({"a": array})
    elif kind == "polars lazy":
        frame = library.LazyFrame({"a": array})
    else:
        frame = library.DataFrame({"a": array})
    assert validate_range(frame, low, high) is is_within


@pytest.mark.parametrize(
    "data",
    [[1.0, None, 9.0], [[1.0], [None], [9.0]], np.array([1.0, math.nan, 9.0])],
)
def test_a_nan_policy_says_what_becomes_of_missing_values_in_a_range(data):
    assert find_out_of_range(data, 0, 3).total == 2
    assert find_out_of_range(data, 0, 3, nan_policy="omit").total == 1
    assert validate_range(data, 0, 9, nan_policy="omit") is True
    assert validate_range(data, 0, 9) is False
    for check in (find_out_of_range, validate_range):
        with pytest.raises(FindingsError, match="must have no missing values, got 1 at index"):
            check(data, 0, 9, nan_policy="raise")


@pytest.mark.parametrize("kind", ["pandas", "nullable", "polars", "polars lazy", "pyarrow"])
def test_a_nullable_column_is_checked_for_its_range(kind):
    values = {"a": [1, None, 9]}
    if kind in ("pandas", "nullable"):
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(values, dtype="Int64" if kind == "nullable" else float)
    elif kind == "pyarrow":
        frame = pytest.importorskip("pyarrow").table(values)
    else:
        polars = pytest.importorskip("polars")
        frame = (polars.LazyFrame if "lazy" in kind else polars.DataFrame)(values)
    assert validate_range(frame, 0, 9, nan_policy="omit") is True
    assert validate_range(frame, 0, 9) is False
    assert find_out_of_range(frame, 0, 3, nan_policy="omit").total == 1


def test_columns_choose_what_is_checked():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, None], "b": [1, 2]})
    assert check_missing_values(frame, columns="b") is False
    assert validate_range(frame, 0, 2, columns=["b"]) is True
    assert check_data_types(frame, int, columns=["b"]) is True
    rows = frame.to_dicts()
    assert check_missing_values(rows, columns="b") is False
    assert validate_range(rows, 0, 2, columns=["b"]) is True


def test_an_unknown_nan_policy_suggests_the_nearest():
    with pytest.raises(ValueError, match=r"nan_policy must be one of .* did you mean 'omit'"):
        validate_range([1.0], 0, 1, nan_policy="omitt")
