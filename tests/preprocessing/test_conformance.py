"""scikit-learn's own checks of an estimator, from the release on that takes expected failures."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import pytest

from ml_infra_utils.preprocessing import MinMaxScaler, OutlierClipper, RobustScaler, StandardScaler

utils = pytest.importorskip("sklearn.utils", reason="of scikit-learn")
checks = pytest.importorskip("sklearn.utils.estimator_checks", reason="of scikit-learn")
pytestmark = pytest.mark.skipif(
    not hasattr(utils, "Tags"), reason="expected failures came with scikit-learn 1.6"
)


class Expected(NamedTuple):
    """A check that fails, how it fails, and why."""

    error: type[Exception]
    reason: str


EVERYWHERE = {
    "check_dtype_object": Expected(TypeError, "an array of dtype object is refused"),
    "check_transformer_data_not_an_array": Expected(
        AttributeError, "a list of rows comes back as a list of rows"
    ),
}
EXPECTED = {
    MinMaxScaler: EVERYWHERE,
    RobustScaler: EVERYWHERE,
    StandardScaler: EVERYWHERE,
    OutlierClipper: {
        **EVERYWHERE,
        "check_estimators_nan_inf": Expected(
            AssertionError, "infinities are outliers, which it clips"
        ),
    },
}
ESTIMATORS = [
    MinMaxScaler(),
    MinMaxScaler(nan_policy="omit", on_constant="zero"),
    StandardScaler(),
    StandardScaler(nan_policy="omit", on_constant="zero"),
    RobustScaler(),
    RobustScaler(sketch_size=200, nan_policy="omit", on_constant="zero"),
    OutlierClipper(),
    OutlierClipper(sketch_size=200),
]


def cases():
    """Each estimator with each check of scikit-learn, expected to fail where `EXPECTED` says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* does not inherit from", UserWarning)
        for prototype in ESTIMATORS:
            for estimator, check in checks.estimator_checks_generator(prototype):
                name = check.func.__name__
                marks = []
                if name in (expected := EXPECTED[type(prototype)]):
                    error, reason = expected[name]
                    marks = [pytest.mark.xfail(raises=error, reason=reason, strict=True)]
                yield pytest.param(estimator, check, marks=marks, id=f"{prototype!r}-{name}")


CASES = list(cases()) if hasattr(utils, "Tags") else []


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(("estimator", "check"), CASES)
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_there_are_as_many_checks_and_expected_failures_as_ever():
    failing = [case for case in CASES if case.marks]
    assert sum(len(EXPECTED[type(estimator)]) for estimator in ESTIMATORS) == len(failing) == 18
    assert len(CASES) >= 40 * len(ESTIMATORS)
