"""Memory: a transform allocates little beyond its result, and a fit reads its data once."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    clip_outliers,
    find_missing_values,
    find_out_of_range,
    normalize,
    standardize,
    summarize,
)

RNG = np.random.default_rng(0)
each_function = pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])

LARGE = {
    "1-D": RNG.normal(size=1_000_000),
    "1-D strided": RNG.normal(size=2_000_000)[::2],
    "C order": RNG.normal(size=(100_000, 10)),
    "F order": np.asfortranarray(RNG.normal(size=(100_000, 10))),
    "strided": RNG.normal(size=(100_000, 20))[:, ::2],
    "wide": RNG.normal(size=(50, 20_000)),
    "3-D": RNG.normal(size=(100_000, 2, 5)),
    "3-D with gaps": RNG.normal(size=(100_000, 4, 5))[:, ::2],
    "float32": RNG.normal(size=(200_000, 10)).astype(np.float32),
    "int64": RNG.integers(0, 10**6, (100_000, 10)),
}


def memory_beyond(call):
    """The most bytes that a call has allocated at once, without those of its result."""
    tracemalloc.start()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - result.nbytes


@each_function
@pytest.mark.parametrize("x", LARGE.values(), ids=list(LARGE))
def test_memory_beyond_the_result_is_small(function, x):
    out = function(x)
    assert memory_beyond(lambda: function(x)) <= 4 * 2**20
    assert memory_beyond(lambda: function(x, out=out)) + out.nbytes <= 4 * 2**20


@pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler, OutlierClipper])
@pytest.mark.parametrize("layout", ["C order", "F order", "strided", "wide", "float32", "int64"])
def test_memory_of_a_scaler_beyond_its_result_is_small(scaler, layout):
    fitted = scaler().fit(LARGE[layout])
    assert memory_beyond(lambda: fitted.transform(LARGE[layout])) <= 4 * 2**20


@pytest.mark.parametrize("layout", ["1-D", "C order", "F order", "strided", "float32", "int64"])
def test_a_check_looks_at_an_array_without_a_copy(layout):
    x = LARGE[layout]
    assert memory_beyond(lambda: np.empty(find_missing_values(x).total)) <= 4 * 2**20
    assert memory_beyond(lambda: np.empty(find_out_of_range(x, -99, 10**6).total)) <= 4 * 2**20


DEEP = {
    "3-D": RNG.normal(size=(100, 100, 100)),
    "3-D with gaps": RNG.normal(size=(100, 200, 100))[:, ::2],
    "4-D with gaps": RNG.normal(size=(26, 28, 30, 56))[..., ::2],
    "4-D reversed": RNG.normal(size=(28, 30, 26, 28)).T,
}


each_axis = pytest.mark.parametrize("axis", [0, 1, 2, -1, None])
each_deep = pytest.mark.parametrize("x", DEEP.values(), ids=list(DEEP))


@each_function
@each_axis
@each_deep
def test_memory_is_small_along_every_axis(function, axis, x):
    out = np.empty(x.shape)
    assert memory_beyond(lambda: function(x, axis=axis, out=out)) + out.nbytes <= 4 * 2**20


SMALLER = {  # of several blocks still
    "3-D": RNG.normal(size=(70, 70, 80)),
    "3-D with gaps": RNG.normal(size=(70, 140, 80))[:, ::2],
    "4-D with gaps": RNG.normal(size=(20, 28, 30, 48))[..., ::2],
    "4-D reversed": RNG.normal(size=(28, 30, 20, 24)).T,
}


@each_function
@each_axis
@pytest.mark.parametrize("x", SMALLER.values(), ids=list(SMALLER))
def test_blocks_along_every_axis_make_up_the_whole(function, axis, x):
    moved = x.ravel() if axis is None else np.moveaxis(x, axis, 0)
    rows = function(np.ascontiguousarray(moved.reshape(len(moved), -1)))
    expected = rows.reshape(moved.shape)
    expected = expected.reshape(x.shape) if axis is None else np.moveaxis(expected, 0, axis)
    spread = np.full((*x.shape, 2), np.nan)
    for out in (np.empty(x.shape), spread[..., 0]):
        assert out is function(x, axis=axis, out=out)
        np.testing.assert_allclose(expected, out, rtol=1e-12, atol=1e-12)
    assert np.isnan(spread[..., 1]).all()


@each_function
def test_memory_is_small_for_all_values_as_one_into_another_order(function):
    x = LARGE["F order"]
    out = np.empty(x.shape)
    assert memory_beyond(lambda: function(x, axis=None, out=out)) + out.nbytes <= 4 * 2**20
    np.testing.assert_array_equal(function(x, axis=None), out)


class Counted:
    """A ufunc of NumPy that counts the values that it reduces."""

    def __init__(self, ufunc):
        self.ufunc = ufunc
        self.values = 0

    def __call__(self, *args, **kwargs):
        return self.ufunc(*args, **kwargs)

    def reduce(self, values, **kwargs):
        self.values += values.size
        return self.ufunc.reduce(values, **kwargs)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8"])
@pytest.mark.parametrize("shape", [(300_000,), (60_000, 5)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_summary_and_a_fit_read_an_array_once(monkeypatch, dtype, shape, order):
    x = np.asarray(RNG.normal(100, 30, shape).astype(dtype), order=order)
    learners = [summarize, MinMaxScaler().fit, StandardScaler().fit]
    for learn in learners if x.ndim == 2 else learners[:1]:
        counters = [Counted(np.minimum), Counted(np.maximum), Counted(np.add)]
        for name, counter in zip(("minimum", "maximum", "add"), counters):
            monkeypatch.setattr(np, name, counter)
        learn(x)
        monkeypatch.undo()
        for counter in counters:
            assert x.size <= counter.values < 1.01 * x.size
