"""scikit-learn's own checks of an estimator, from the release on that takes expected failures."""

from __future__ import annotations

import warnings

import pytest

from ml_infra_utils.preprocessing import MinMaxScaler, OutlierClipper, StandardScaler

utils = pytest.importorskip("sklearn.utils", reason="of scikit-learn")
checks = pytest.importorskip("sklearn.utils.estimator_checks", reason="of scikit-learn")
pytestmark = pytest.mark.skipif(
    not hasattr(utils, "Tags"), reason="expected failures came with scikit-learn 1.6"
)

OBJECTS = {"check_dtype_object": "an array of dtype object is refused, whatever is in it"}
EXPECTED = {
    MinMaxScaler: OBJECTS,
    StandardScaler: {
        **OBJECTS,
        "check_estimator_sparse_array": "it sets with_mean of what is named StandardScaler",
        "check_estimator_sparse_matrix": "it sets with_mean of what is named StandardScaler",
    },
    OutlierClipper: {
        **OBJECTS,
        "check_estimators_nan_inf": "infinities are outliers, which it clips",
    },
}
ESTIMATORS = [
    MinMaxScaler(),
    MinMaxScaler(nan_policy="omit", on_constant="zero"),
    StandardScaler(),
    StandardScaler(nan_policy="omit", on_constant="zero"),
    OutlierClipper(),
    OutlierClipper(sketch_size=200),
]

if hasattr(utils, "Tags"):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* does not inherit from", UserWarning)
        mark = checks.parametrize_with_checks(
            ESTIMATORS, expected_failed_checks=lambda estimator: EXPECTED[type(estimator)]
        ).mark
        names, cases = mark.args  # a generator before scikit-learn 1.8
        each_check = pytest.mark.parametrize(names, list(cases), **mark.kwargs)
else:
    each_check = pytest.mark.parametrize(("estimator", "check"), [(None, None)])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@each_check
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)
