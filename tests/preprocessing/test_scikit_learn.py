"""scikit-learn's own tests of its scalers, as it installs them, run on ours.

`EXPECTED` is the published list of those that fail, each with its reason. `normalize` of
scikit-learn is another function, which scales rows to length 1, so it is not among them.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
from unittest import mock

import numpy as np
import pytest
import sklearn.preprocessing

from ml_infra_utils import preprocessing

VERSION = ".".join(sklearn.__version__.split(".")[:2])
pytestmark = [
    pytest.mark.skipif(VERSION != "1.9", reason="each release of scikit-learn has other tests"),
    pytest.mark.filterwarnings("ignore:n_quantiles:UserWarning"),  # of a peer beside ours
]

SPARSE = "sparse data is refused"
EXPECTED = [  # part of a test's name, the error, and the reason
    (r"(cs[cr]_(matrix|array)|sparse_cs[cr]|_csr\[)", (TypeError, AssertionError), SPARSE),
    (r"^test_robust_scaler_error_sparse$", TypeError, SPARSE),
    (r"^test_robust_scaler_attributes\[X1-(True|False)-False", TypeError, SPARSE),
    (r"^test_robust_scaler_equivalence_dense_sparse\[", TypeError, SPARSE),
    (r"^test_standard_scaler_sparse_partial_fit_finite_variance\[", TypeError, SPARSE),
    (
        r"^test_standard_scaler_near_constant_features\[None-float64",
        AssertionError,
        "a feature is constant only if all its values are equal",
    ),
    (
        r"^test_standard_scaler_sample_weight\[array-Xw2",
        ValueError,
        "a fit refuses a feature of nothing but missing values",
    ),
    (r"^test_scaler_2d_arrays$", AssertionError, "data is never changed, with copy=False neither"),
    (r"^test_robust_scaler_invalid_range$", AssertionError, "the error has other words"),
    (r"^test_standard_scaler_callback_support\[", AttributeError, "there are no callbacks"),
]


class Adapted:
    """The defaults and arguments of scikit-learn: lists become arrays, and `copy` is ignored."""

    copy = True

    def fit(self, X, y=None, *args, **kwargs):
        return super().fit(arrayed(X), y, *args, **kwargs)

    def transform(self, X, copy=None):  # noqa: ARG002  # as scikit-learn has it
        return super().transform(arrayed(X))

    def inverse_transform(self, X, copy=None):  # noqa: ARG002  # likewise
        return super().inverse_transform(arrayed(X))


def arrayed(X):
    return np.asarray(X) if isinstance(X, list) else X


OMIT = {"nan_policy": "omit", "on_constant": "zero"}


class StandardScaler(Adapted, preprocessing.StandardScaler):
    def __init__(self, *, copy=True, with_mean=True, with_std=True):
        super().__init__(ddof=0, with_mean=with_mean, with_std=with_std, **OMIT)
        self.copy = copy


class MinMaxScaler(Adapted, preprocessing.MinMaxScaler):
    def __init__(self, feature_range=(0, 1), *, copy=True, clip=False):
        super().__init__(feature_range, clip=clip, **OMIT)
        self.copy = copy


class RobustScaler(Adapted, preprocessing.RobustScaler):
    def __init__(
        self,
        *,
        with_centering=True,
        with_scaling=True,
        quantile_range=(25.0, 75.0),
        copy=True,
        unit_variance=False,
    ):
        super().__init__(
            with_centering=with_centering,
            with_scaling=with_scaling,
            quantile_range=quantile_range,
            unit_variance=unit_variance,
            **OMIT,
        )
        self.copy = copy


ADAPTERS = {each.__name__: each for each in (StandardScaler, MinMaxScaler, RobustScaler)}


def adapted_tests():
    """Return the tests in which one of our names occurs, by name."""
    spec = importlib.util.find_spec("sklearn.preprocessing.tests.test_data")
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(sklearn.preprocessing, **ADAPTERS):
        spec.loader.exec_module(module)
    # Of 1,000 samples, which are fitted one by one among others.
    module.X_2d, module.n_samples = module.X_2d[:100], 100
    tests = {}
    for name, function in vars(module).items():
        source = inspect.getsource(function) if name.startswith("test_") else ""
        # Those of the array API are skipped unless SciPy is told of it before it is loaded.
        if "array_api" not in source and any(each in source for each in ADAPTERS):
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "parametrize":  # pytest warns of generators
                    object.__setattr__(mark, "args", (mark.args[0], list(mark.args[1])))
            tests[name] = function
    return tests


if VERSION == "1.9":
    globals().update(adapted_tests())


@pytest.fixture(autouse=True)
def expected_failure(request):
    """Expect a test to fail if the list says so, and in no other way."""
    for pattern, error, reason in EXPECTED:
        if re.search(pattern, request.node.name):
            request.applymarker(pytest.mark.xfail(raises=error, reason=reason, strict=True))
            return
