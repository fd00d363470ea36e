"""Arrays of the standard's functions alone have the results of NumPy's blocks."""

from __future__ import annotations

import numpy as np
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    check_data_types,
    check_missing_values,
    clip_outliers,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
    normalize,
    standardize,
    summarize,
    validate_range,
)

strict = pytest.importorskip("array_api_strict", reason="not for Python 3.8")

RNG = np.random.default_rng(0)
GAPS = RNG.normal(size=(40, 3)) * [1, 1e200, 1e-200] + [1e6, 0, 0]
GAPS[RNG.random(GAPS.shape) < 0.2] = np.nan
ALONE = GAPS.copy()
ALONE[:, 2] = np.nan
ARRAYS = {
    "floats": RNG.normal(size=50),
    "table": RNG.normal(size=(40, 3)),
    "integers": RNG.integers(-9, 9, (40, 3)),
    "small integers": RNG.integers(0, 99, (40, 3)).astype(np.uint8),
    "long integers": 2**60 + RNG.integers(0, 99, (40, 3)),
    "float32": RNG.normal(size=(40, 3)).astype(np.float32),
    "booleans": RNG.random((40, 3)) < 0.5,
    "three axes": RNG.normal(size=(6, 5, 4)),
    "gaps": GAPS,
    "a feature of gaps alone": ALONE,
    "infinite": np.array([[1.0, np.inf], [2.0, -np.inf]]),
    "constant": np.full((5, 2), 0.1),
    "one row": np.array([[1.0, 2.0]]),
    "no row": np.zeros((0, 2)),
}
POLICIES = [
    {},
    *({"nan_policy": policy, "on_constant": "zero"} for policy in ("omit", "propagate")),
]
FUNCTIONS = {
    "normalize": normalize,
    "to a range": lambda x, **given: normalize(x, feature_range=(-1, 3), **given),
    "standardize": standardize,
    "clip": lambda x, on_constant="raise", **given: clip_outliers(x, 20, 70, **given),  # noqa: ARG005
    "clip linear": lambda x, on_constant="raise", **given: clip_outliers(  # noqa: ARG005
        x, 20, 70, method="linear", **given
    ),
}
each_array = pytest.mark.parametrize("x", ARRAYS.values(), ids=list(ARRAYS))
pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")


def outcome(call):
    """The result as one of NumPy, or the error that it is."""
    try:
        result = call()
    except ValueError as error:
        return str(error)
    return np.from_dlpack(result) if hasattr(result, "__dlpack__") else result


def check_same(one, other, rtol):
    """Check that two outcomes are the same error, or nearly the same values of one dtype."""
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
    else:
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol)


@each_array
@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
@pytest.mark.parametrize("policies", POLICIES, ids=["raise", "omit", "propagate"])
def test_a_transform_has_the_results_of_numpy(x, axis, function, policies):
    mine = outcome(lambda: function(strict.asarray(x), axis=axis, **policies))
    numpys = outcome(lambda: function(x, axis=axis, **policies))
    check_same(numpys, mine, 1e-5 if x.dtype == np.float32 else 1e-9)


@each_array
@pytest.mark.parametrize(
    "scaler",
    [
        MinMaxScaler((-1, 2), clip=True, nan_policy="omit", on_constant="zero"),
        StandardScaler(ddof=0.5, nan_policy="omit", on_constant="zero"),
        OutlierClipper(5, 95, nan_policy="propagate"),
        OutlierClipper(5, 95, method="linear", nan_policy="propagate"),
    ],
    ids=["range", "deviation", "clip", "clip linear"],
)
def test_a_scaler_learns_and_does_what_it_does_for_numpy(x, scaler):
    held_out = (x[::-1] * x.dtype.type(2))[: len(x) // 2] if x.dtype != bool else x[::-1]

    def fitted_to(make):
        return outcome(lambda: scaler.fit(make(x)).transform(make(held_out)))

    mine, numpys = fitted_to(strict.asarray), fitted_to(np.asarray)
    check_same(numpys, mine, 1e-5 if x.dtype == np.float32 else 1e-9)


@each_array
def test_a_summary_has_all_figures_of_numpys(x):
    summaries = [outcome(lambda each=each: summarize(each)) for each in (x, strict.asarray(x))]
    if isinstance(summaries[0], str):
        assert summaries[0] == summaries[1]
        return
    for one, other in zip(*summaries):
        assert (one.count, one.missing) == (other.count, other.missing)
        assert type(one.min) is type(other.min)
        figures = [[c.min, c.max, c.mean, c.std] for c in (one, other)]
        if one.count:
            np.testing.assert_allclose(*figures, rtol=1e-9)
        else:
            assert [[None] * 4] * 2 == figures


@each_array
@pytest.mark.parametrize(
    "find",
    [
        find_missing_values,
        lambda x, **given: find_out_of_range(x, 0, 1, **given),
        lambda x, **given: find_type_mismatches(x, float, **given),
        lambda x, **given: find_type_mismatches(x, int, **given),
    ],
    ids=["missing", "outside", "no floats", "no integers"],
)
@pytest.mark.parametrize("limit", [0, 7])
def test_findings_are_those_of_numpy(x, find, limit):
    assert find(x, limit=limit) == find(strict.asarray(x), limit=limit)


@each_array
def test_checks_answer_as_for_numpy(x):
    for check in (
        check_missing_values,
        lambda data: validate_range(data, -3, 3),
        lambda data: check_data_types(data, float),
    ):
        assert check(x) is check(strict.asarray(x))


def test_it_refuses_what_numpys_container_refuses():
    with pytest.raises(TypeError, match="must hold real numbers"):
        normalize(strict.asarray([1j]))
    with pytest.raises(ValueError, match="must have an axis"):
        normalize(strict.asarray(1.0))
    with pytest.raises(ValueError, match="one or two axes, got 3"):
        summarize(strict.ones((2, 2, 2)))
    with pytest.raises(ValueError, match="features 0, 1; on_constant='zero'"):
        normalize(strict.ones((3, 2)))
    with pytest.raises(ValueError, match=r"cannot normalize: each is 1.0; on_constant='zero'"):
        normalize(strict.ones(3))
