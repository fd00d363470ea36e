"""The kernels in terms of the Array API agree with NumPy's blocked ones, on the same arrays."""

from __future__ import annotations

import numpy as np
import pytest

from ml_infra_utils.preprocessing import MinMaxScaler, StandardScaler, summarize
from ml_infra_utils.preprocessing._containers.array_api import Array
from ml_infra_utils.preprocessing._containers.numpy_arrays import NumPyArray
from ml_infra_utils.preprocessing._kernels import moments
from ml_infra_utils.preprocessing._predicates import Infinite, Missing, Mistyped, Outside

RNG = np.random.default_rng(0)
GAPS = RNG.normal(size=(40, 3)) * [1, 1e200, 1e-200] + [1e6, 0, 0]
GAPS[RNG.random(GAPS.shape) < 0.2] = np.nan
GAPS[:, 2] = np.nan
INFINITE = np.array([[1.0, np.inf], [2.0, -np.inf]])
ARRAYS = [
    RNG.normal(size=50),
    RNG.normal(size=(40, 3)),
    RNG.integers(-9, 9, (40, 3)),
    RNG.normal(size=(40, 3)).astype(np.float32),
    RNG.random((40, 3)) < 0.5,
    RNG.normal(size=(6, 5, 4)),
    GAPS,
    INFINITE,
    np.full((5, 2), 0.1),
]
FIGURES = ["count", "missing", "low", "high", "mean", "deviation"]

each_array = pytest.mark.parametrize("x", ARRAYS, ids=range(len(ARRAYS)))
both = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NumPy under the API


def flat(figure):
    return np.asarray(figure, dtype=float).ravel()


@both
@each_array
@pytest.mark.parametrize("axis", [0, None])
def test_statistics_agree(x, axis):
    kinds = NumPyArray(x, axis), Array(x, axis)
    for take in (
        lambda c: c.extrema(),
        lambda c: c.moments(),
        lambda c: c.bounds(20, 70, "linear"),
    ):
        (blocked,), (generic,) = map(take, kinds)
        for name in FIGURES:
            a, b = getattr(blocked, name), getattr(generic, name)
            if a is not None and b is not None:
                a = np.broadcast_to(flat(a), flat(b).shape)
                np.testing.assert_allclose(a, flat(b), rtol=1e-9, err_msg=name)


@each_array
def test_features_agree(x):
    if x.ndim == 3:
        pytest.skip("a summary has columns")
    blocked, generic = NumPyArray(x), Array(x)
    for a, b in zip(blocked.summary(), generic.summary()):
        figures = [[getattr(c.statistics, name) for name in FIGURES[2:]] for c in (a, b)]
        assert a.statistics[:2] == b.statistics[:2]
        if a.statistics.count:
            np.testing.assert_allclose(*figures, rtol=1e-9)
    if x.ndim == 2:
        for kind in (blocked, generic):
            found = kind.per_feature(kind.bounds(5, 95, "nearest_rank"))
            assert kind.n_features == len(found) == len(kind.numpy_columns())
            again = kind.features(found)
            np.testing.assert_array_equal([f.low for f in found], flat(again[0].low))


@each_array
@pytest.mark.parametrize("predicate", [Missing(), Infinite(), Outside(0, 1), Mistyped(float)])
def test_findings_agree(x, predicate):
    blocked, generic = NumPyArray(x), Array(x)
    assert str(blocked.find(predicate, 7)) == str(generic.find(predicate, 7))
    assert blocked.any(predicate) == generic.any(predicate)


def test_the_generic_container_refuses_what_numpy_does():
    with pytest.raises(TypeError, match="must hold real numbers"):
        Array(np.array([1j]))
    with pytest.raises(ValueError, match="must have an axis"):
        Array(np.array(1.0))
    with pytest.raises(ValueError, match="one or two axes, got 3"):
        Array(np.ones((2, 2, 2))).summary()
    assert Array(np.ones((0, 2))).is_empty
    assert "features 0, 1" == Array(np.ones((3, 2))).name_features([np.array([[True, True]])])
    assert "" == Array(np.ones(3)).name_features([np.array([True])])


@both
def test_steps_agree():
    x = RNG.normal(size=(40, 3))
    low, high = x.min(axis=0), x.max(axis=0)
    steps = [("subtract", low), ("divide", high - low), ("clip", 0.2, 0.8), ("minimum", 0.7)]
    np.testing.assert_array_equal(NumPyArray(x).apply([steps]), Array(x).apply([steps]))
    fitted = StandardScaler().fit(x)
    assert 3 == fitted.n_features_in_
    for bounds in (
        NumPyArray(x).bounds(10, 90, "nearest_rank"),
        NumPyArray(GAPS).bounds(0, 9, "linear"),
    ):
        expected = NumPyArray(x).clip(bounds)
        np.testing.assert_array_equal(expected, Array(x).clip(bounds))
    ints = RNG.integers(0, 9, (40, 3))
    bounds = NumPyArray(ints).bounds(10, 90, "nearest_rank")
    assert ints.dtype == Array(ints).clip(bounds).dtype


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8"])
@pytest.mark.parametrize("shape", [(300_000,), (60_000, 5)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_summary_and_a_fit_read_an_array_once(monkeypatch, dtype, shape, order):
    x = np.asarray(RNG.normal(100, 30, shape).astype(dtype), order=order)
    read = []
    passed = moments._passed
    monkeypatch.setattr(
        moments, "_passed", lambda x, *kinds, **steps: read.append(x) or passed(x, *kinds, **steps)
    )
    summarize(x)
    assert 1 == len(read)
    if x.ndim == 2:
        for scaler in (MinMaxScaler, StandardScaler):
            read.clear()
            scaler().fit(x)
            assert 1 == len(read)
