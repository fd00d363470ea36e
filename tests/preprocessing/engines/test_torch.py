"""PyTorch tensors come back as they came."""

from __future__ import annotations

import numpy as np
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    clip_outliers,
    find_missing_values,
    normalize,
    standardize,
    summarize,
    validate_range,
)

torch = pytest.importorskip("torch", reason="installed by hand, since its default build is huge")

DATA = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 100]
each_function = pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])


@each_function
@pytest.mark.parametrize("axis", [0, 1, None])
def test_a_tensor_has_the_results_of_numpy(function, axis):
    tensor = torch.tensor(DATA)
    result = function(tensor, axis=axis)
    assert isinstance(result, torch.Tensor)
    np.testing.assert_allclose(function(DATA, axis=axis), result.numpy(), rtol=1e-12)


@each_function
def test_dtype_and_device_stay(function):
    result = function(torch.tensor(DATA, dtype=torch.float32))
    assert (torch.float32, "cpu") == (result.dtype, result.device.type)
    assert torch.equal(torch.tensor([1, 2, 2]), clip_outliers(torch.tensor([1, 2, 9]), 0, 50))
    assert torch.float32 == normalize(torch.tensor([1, 2, 9])).dtype


@pytest.mark.parametrize("make", [MinMaxScaler, StandardScaler, OutlierClipper])
def test_scalers_take_tensors(make):
    fitted = make().fit(torch.tensor(DATA))
    expected = make().fit(DATA)
    result = fitted.transform(torch.tensor(DATA))
    assert isinstance(result, torch.Tensor)
    np.testing.assert_allclose(expected.transform(DATA), result.numpy(), rtol=1e-12)


def test_summaries_and_findings_take_tensors():
    gaps = torch.tensor(DATA)
    gaps[3, 1] = torch.nan
    assert ((3, 1),) == tuple(place for place, _ in find_missing_values(gaps).columns[0].first)
    assert 1 == summarize(gaps)[1].missing
    assert validate_range(torch.tensor([1, 2]), 1, 2)
    with pytest.raises(ValueError, match=r"1 missing value at index \(3, 1\)"):
        normalize(gaps)


def test_a_list_of_tensors_is_a_list_of_numbers():
    assert [0.0, 1.0] == normalize([torch.tensor(1.0), torch.tensor(3.0)])
