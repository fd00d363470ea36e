"""Containers of every kind, by one fixture each for columns and for frames."""

from __future__ import annotations

import sys
from array import array
from importlib.util import find_spec

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest


def read_only(values):
    result = np.array(values)
    result.flags.writeable = False
    return result


def strided(values):
    doubled = np.repeat(np.array(values), 3)
    doubled.flags.writeable = False
    return doubled[::3]


def strict(values):
    import array_api_strict

    return array_api_strict.asarray(values)


COLUMNS = {
    "list": list,
    "array.array": lambda values: array("d", values),
    "tuple": tuple,
    "iterator": iter,
    "numpy": read_only,
    "numpy strided": strided,
    "numpy reversed": lambda values: read_only(values[::-1])[::-1],
    "numpy 2-D": lambda values: read_only(values).reshape(-1, 1),
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": lambda values: pa.chunked_array([values[:1], values[1:]]),
}
FRAMES = {
    "pandas": lambda columns: pd.DataFrame(
        columns, index=range(5, 5 + len(next(iter(columns.values()))))
    ),
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.table,
}
if find_spec("array_api_strict"):  # not for Python 3.8
    COLUMNS["array-api-strict"] = strict


def list_of(column):
    if hasattr(column, "to_pylist"):
        return column.to_pylist()
    if isinstance(column, pd.Series):
        return column.to_list()
    if hasattr(column, "to_list"):
        return column.to_list()
    if hasattr(column, "__dlpack__") and not isinstance(column, np.ndarray):
        column = np.from_dlpack(column)
    return column.ravel().tolist() if isinstance(column, np.ndarray) else list(column)


@pytest.fixture
def listed():
    """Return the values of a container of one column, with None for what is missing."""

    def values_of(result):
        return [
            None if value is None or value is pd.NA or value != value else value
            for value in list_of(result)
        ]

    return values_of


@pytest.fixture
def columns_of(listed):
    """Return the columns of a frame as lists by name, with None for what is missing."""

    def columns(result):
        if isinstance(result, pl.LazyFrame):
            result = result.collect()
        names = result.column_names if isinstance(result, pa.Table) else list(result.columns)
        return {name: listed(result[name]) for name in names}

    return columns


@pytest.fixture(params=COLUMNS)
def column(request):
    """Make a container of one column from a list of numbers."""
    return COLUMNS[request.param]


@pytest.fixture(params=FRAMES.values(), ids=list(FRAMES))
def frame(request):
    """Make a frame from lists by name."""
    return request.param


@pytest.fixture(params=["with NumPy", "without NumPy"])
def numpy_or_not(request, monkeypatch):
    """Run with NumPy, and as if it were not installed."""
    if request.param == "without NumPy":
        monkeypatch.setitem(sys.modules, "numpy", None)
