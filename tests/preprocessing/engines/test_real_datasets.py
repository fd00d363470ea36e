"""Datasets of xarray, h5py and zarr themselves, of which other tests have stand-ins."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml_infra_utils.preprocessing import (
    check_data_types,
    check_missing_values,
    find_missing_values,
    find_out_of_range,
    validate_range,
)

VALUES = np.array([[1.0, 2.0, 3.0], [4.0, math.nan, 60.0]])


@pytest.fixture(params=["xarray", "h5py", "zarr"])
def dataset(request, tmp_path):
    """A dataset of two axes, one of whose values is missing, and one out of range."""
    library = pytest.importorskip(request.param, reason="of the engines")
    if request.param == "xarray":
        yield library.DataArray(VALUES, dims=["row", "column"])
    elif request.param == "zarr":
        yield library.array(VALUES, chunks=(1, 2))
    else:
        with library.File(tmp_path / "data.h5", "w") as file:
            yield file.create_dataset("values", data=VALUES, chunks=(1, 2))


def test_cells_are_found_by_row_and_column(dataset):
    assert check_missing_values(dataset)
    (column,) = find_missing_values(dataset).columns
    assert [(1, 1)] == [place for place, _ in column.first]
    (column,) = find_out_of_range(dataset, 0, 10, nan_policy="omit").columns
    assert [((1, 2), 60.0)] == list(column.first)


def test_checks_look_inside(dataset):
    assert not validate_range(dataset, 0, 10, nan_policy="omit")
    assert validate_range(dataset, 0, 60, nan_policy="omit")
    assert check_data_types(dataset, float)
    assert not check_data_types(dataset, str)
