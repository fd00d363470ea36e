"""Weighted samples: a weight is how often a sample counts, as for scikit-learn's scaler."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.preprocessing
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import MinMaxScaler, StandardScaler

RNG = np.random.default_rng(7)
X = RNG.normal(size=(40, 3)) * [1, 10, 1e3] + [0, 5, 1e6]
WEIGHTS = np.append(0, RNG.random(39))
TIMES = RNG.integers(0, 5, 40)
REPEATED = np.repeat(X, TIMES, axis=0)
each_ddof = pytest.mark.parametrize("ddof", [0, 1, 2.5])
KINDS = {
    "NumPy": np.array,
    "pandas": lambda x: pd.DataFrame(x, columns=["a", "b", "c"]),
    "Polars": lambda x: pl.DataFrame(x, ["a", "b", "c"]),
    "PyArrow": lambda x: pa.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2]}),
}


def close(one, other):
    for name in ("mean_", "var_", "scale_", "n_samples_seen_"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9)
    np.testing.assert_allclose(one.transform(X), other.transform(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize(
    "weights",
    [
        WEIGHTS,
        WEIGHTS / WEIGHTS.sum(),
        WEIGHTS.astype("f4"),
        TIMES,
        WEIGHTS.tolist(),
        pd.Series(WEIGHTS, index=range(100, 140)),
        pl.Series(WEIGHTS),
        3,
    ],
    ids=["array", "shares", "float32", "ints", "list", "pandas", "Polars", "number"],
)
def test_mean_and_deviation_are_those_of_scikit_learn(make, weights):
    as_floats = np.broadcast_to(np.asarray(weights, float), 40)
    theirs = sklearn.preprocessing.StandardScaler().fit(X, sample_weight=as_floats)
    ours = StandardScaler(ddof=0).fit(make(X), sample_weight=weights)
    ours = StandardScaler.from_json(ours.to_json())
    np.testing.assert_allclose(theirs.scale_, ours.scale_, rtol=1e-9)
    np.testing.assert_allclose(theirs.mean_, ours.mean_, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(theirs.n_samples_seen_, ours.n_samples_seen_, rtol=1e-12)
    rows = pd.DataFrame(X, columns=["a", "b", "c"]) if hasattr(ours, "feature_names_in_") else X
    np.testing.assert_allclose(theirs.transform(X), ours.transform(rows), rtol=1e-7, atol=1e-9)


@each_ddof
def test_a_whole_weight_is_a_repeated_sample(ddof):
    weighted = StandardScaler(ddof=ddof).fit(X, sample_weight=TIMES)
    close(StandardScaler(ddof=ddof).fit(REPEATED), weighted)


@each_ddof
def test_parts_merge_with_and_without_weights(ddof):
    def fitted(part, times):
        return StandardScaler(ddof=ddof).fit(part, sample_weight=times)

    whole = StandardScaler(ddof=ddof).fit(REPEATED)
    plain = StandardScaler(ddof=ddof).fit(np.repeat(X[:15], TIMES[:15], axis=0))
    close(whole, fitted(X[:15], TIMES[:15]) + fitted(X[15:], TIMES[15:]))
    close(whole, plain + fitted(X[15:], TIMES[15:]))
    close(whole, fitted(X[15:], TIMES[15:]) + plain)
    streamed = StandardScaler(ddof=ddof).partial_fit(X[:15], sample_weight=TIMES[:15])
    close(whole, streamed.partial_fit(np.repeat(X[15:], TIMES[15:], axis=0)))


@given(st.lists(st.tuples(st.floats(-1e150, 1e150), st.integers(0, 9)), min_size=2, max_size=9))
def test_any_whole_weights_are_repeated_samples(pairs):
    x, times = (np.array(each) for each in zip(*pairs))
    repeated = np.repeat(x, times)[:, None]
    if len(repeated) < 2:
        return
    plain = StandardScaler(on_constant="zero").fit(repeated).summary_[0]
    weighted = StandardScaler(on_constant="zero").fit(x[:, None], sample_weight=times).summary_[0]
    assert (plain.min, plain.max) == (weighted.min, weighted.max)
    scale = max(abs(plain.min), abs(plain.max))
    assert plain.mean == pytest.approx(weighted.mean, rel=1e-9, abs=1e-13 * scale)
    assert weighted.weight == times.sum()


def test_missing_values_have_no_weight():
    x = np.array([[1.0, 5.0], [np.nan, 7.0], [4.0, 6.0]])
    ours = StandardScaler(ddof=0, nan_policy="omit").fit(x, sample_weight=[1, 2, 3])
    theirs = sklearn.preprocessing.StandardScaler().fit(x, sample_weight=[1, 2, 3])
    np.testing.assert_allclose(theirs.mean_, ours.mean_, rtol=1e-15)
    np.testing.assert_allclose(theirs.scale_, ours.scale_, rtol=1e-15)
    assert [4, 6] == ours.n_samples_seen_.tolist()
    with pytest.raises(ValueError, match=r"data must have no missing values, got 1"):
        StandardScaler().fit(x, sample_weight=[1, 2, 3])


def test_values_far_from_zero_keep_their_digits():
    data = np.array([[2**60 + 1], [2**60 + 3]])
    fitted = StandardScaler(ddof=0).fit(data, sample_weight=[1, 3])
    scaled = fitted.transform(data)[:, 0]
    np.testing.assert_allclose([-np.sqrt(3), 1 / np.sqrt(3)], scaled, rtol=1e-15)
    huge = np.array([[1e308], [-1e308]])
    scaled = StandardScaler(ddof=0).fit_transform(huge, sample_weight=[1, 3])[:, 0]
    np.testing.assert_allclose([np.sqrt(3), -1 / np.sqrt(3)], scaled, rtol=1e-15)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1] * 39 + [-0.5], ValueError, "be at least 0, got -0.5 at index 39"),
        ([1, None] + [1] * 38, ValueError, "have no missing values, got nan at index 1"),
        ([1, np.nan] + [1] * 38, ValueError, "have no missing values, got nan at index 1"),
        ([np.inf] * 40, ValueError, "be finite, got inf at index 0"),
        ([0] * 40, ValueError, "have a positive value, got zeros only"),
        ([1] * 39, ValueError, "have 40 values, one for each sample, got 39 values"),
        ([[1]] * 40, ValueError, "have 40 values, one for each sample, got 2 axes"),
    ],
)
def test_what_is_no_weight_is_refused_and_nothing_is_learned(weights, error, message):
    scaler = StandardScaler()
    for learn in (scaler.fit, scaler.partial_fit):
        with pytest.raises(error, match=f"^sample_weight must {message}"):
            learn(X, sample_weight=weights)
        assert not scaler.__sklearn_is_fitted__()


def test_a_text_is_no_weight():
    with pytest.raises(TypeError, match=r"^sample_weight\[1\] must be a number, got 'x'"):
        StandardScaler().fit(X[:2], sample_weight=[1, "x"])


def test_shares_have_no_sample_deviation_and_the_error_says_what_to_do():
    message = r"^ddof must be less than the sum of the weights, got 1: columns 0, 1, 2; ddof=0 fits"
    with pytest.raises(ValueError, match=message):
        StandardScaler().fit(X, sample_weight=[1 / 40] * 40)
    assert StandardScaler(with_std=False).fit(X, sample_weight=[1 / 40] * 40).scale_ is None


def test_rows_without_an_order_take_no_weights():
    data = pl.LazyFrame({"a": [1.0, 2.0]})
    with pytest.raises(
        TypeError, match=r"^sample_weight must be None for a query, whose rows have"
    ):
        StandardScaler().fit(data, sample_weight=[1, 2])


def test_a_scaler_by_extrema_has_no_weights():
    with pytest.raises(TypeError, match="sample_weight"):
        MinMaxScaler().fit(X, sample_weight=WEIGHTS)
