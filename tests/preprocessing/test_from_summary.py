"""A fit to a summary: what many parts were, added up, is learned as if it were one table."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    Summary,
    summarize,
)

ESTIMATORS = [StandardScaler, MinMaxScaler, RobustScaler, OutlierClipper]
each_estimator = pytest.mark.parametrize("kind", ESTIMATORS)
of_quantiles = pytest.mark.parametrize("kind", [RobustScaler, OutlierClipper])

ROWS = [{"id": f"u{i}", "age": (7 * i) % 100, "pay": 10 * 1.003**i} for i in range(300)]
WANTED = ["age", "pay"]


def summed(rows, parts=4):
    starts = range(min(parts, len(rows)))
    return sum(summarize(rows[start::parts], distributions=True) for start in starts)


@each_estimator
def test_the_sum_of_the_parts_is_learned_as_the_whole_is(kind):
    of_parts = kind(columns=WANTED).fit_summary(summed(ROWS))
    whole = kind(columns=WANTED).fit_summary(summed(ROWS, 1))
    row = {"age": 41, "pay": 70.0}

    assert whole.transform(row) == pytest.approx(of_parts.transform(row), rel=1e-12)
    assert "u9" == of_parts.transform({"id": "u9", **row})["id"]
    assert WANTED == list(of_parts.feature_names_in_)


@pytest.mark.parametrize("kind", [StandardScaler, MinMaxScaler])
def test_what_sums_and_ends_say_is_learned_as_from_the_data(kind):
    rows = [{name: row[name] for name in WANTED} for row in ROWS]
    of_summary = kind().fit_summary(summed(rows, 1))

    assert kind().fit(rows).to_dict() == of_summary.to_dict()
    assert "distribution" not in of_summary.to_json()


@of_quantiles
@given(
    values=st.lists(
        st.one_of(
            st.floats(-1e300, 1e300), st.integers(-(10**6), 10**6), st.sampled_from([0.0, 1e-9])
        ),
        min_size=1,
        max_size=300,
    ),
    ends=st.sampled_from([(25, 75), (5, 95), (0, 100), (33.3, 66.6)]),
)
def test_a_quantile_is_off_by_no_more_than_it_says(kind, values, ends):
    rows = [{"x": float(value)} for value in values]
    options = (
        {"quantile_range": ends, "on_constant": "zero"}
        if kind is RobustScaler
        else {"lower_percentile": ends[0], "upper_percentile": ends[1]}
    )
    exact = kind(**options).fit(rows).to_dict()
    told = kind(**options).fit_summary(summed(rows)).to_dict()
    for entry in ("lower_quantiles", "medians", "upper_quantiles", "lower_bounds", "upper_bounds"):
        for expected, found in zip(exact.get(entry, ()), told.get(entry, ())):
            off = abs(found / 2 - expected / 2)  # the difference may be larger than any float
            assert off <= told["errors"][0] / 2 * (1 + 1e-9) + 5e-324


def test_quantiles_are_off_by_at_most_a_hundredth_of_themselves():
    scaler = RobustScaler(columns="pay").fit_summary(summed(ROWS))
    exact = RobustScaler(columns="pay").fit(ROWS)

    assert exact.center_[0] == pytest.approx(scaler.center_[0], rel=0.01)
    assert exact.scale_[0] == pytest.approx(scaler.scale_[0], rel=0.02)
    assert exact.errors_ is None
    assert 0 < scaler.errors_[0] <= 0.01 * exact.center_[0] * 2


def test_few_different_numbers_are_exact():
    scaler = RobustScaler(columns="age").fit_summary(summed(ROWS))

    assert [0.0] == list(scaler.errors_)
    assert list(RobustScaler(columns="age").fit(ROWS).center_) == list(scaler.center_)


@each_estimator
def test_a_document_brings_back_what_was_learned(kind):
    scaler = kind(columns=WANTED).fit_summary(summed(ROWS))
    again = kind.from_json(scaler.to_json())

    assert scaler.to_dict() == again.to_dict()
    assert scaler.transform(ROWS[:3]) == again.transform(ROWS[:3])


@of_quantiles
def test_a_table_and_a_document_say_how_far_off_it_may_be(kind):
    scaler = kind(columns="pay").fit_summary(summed(ROWS))

    assert scaler.errors_ == pytest.approx(scaler.to_dict()["errors"])
    assert "error" in str(scaler).splitlines()[1]
    assert ">error</th>" in scaler._repr_html_()
    assert "error" not in str(kind(columns="pay").fit(ROWS))


@each_estimator
def test_columns_that_nobody_named_have_no_names(kind):
    np = pytest.importorskip("numpy")
    rows = [[1, 5], [2, 7], [4, 6]]
    scaler = kind().fit_summary(summarize(np.array(rows), distributions=True))

    assert not hasattr(scaler, "feature_names_in_")
    assert 2 == scaler.n_features_in_
    assert 3 == len(scaler.transform(rows))


@each_estimator
@pytest.mark.parametrize("policy", ["omit", "propagate"])
def test_missing_values_are_left_out_or_make_the_feature_unknown(kind, policy):
    rows = [{"x": value, "y": i} for i, value in enumerate([1, None, 2, 4, 8])]
    scaler = kind(nan_policy=policy).fit_summary(summed(rows, 2))
    scaled = scaler.transform({"x": 3, "y": 2})

    assert (policy == "propagate") == math.isnan(scaled["x"])
    assert not math.isnan(scaled["y"])


@pytest.mark.parametrize(
    ("scaler", "summary", "problem"),
    [
        (RobustScaler(), [{"x": 1}], "summary must be a Summary, got .* summarize"),
        (RobustScaler(), summarize([{"x": 1}, {"x": 2}]), "'x' must have a distribution, got none"),
        (
            RobustScaler(columns="pay", sketch_size=200),
            summed(ROWS),
            "sketch_size must be None .*, got 200",
        ),
        (MinMaxScaler(), Summary(()), "summary must have at least one column, got none"),
        (MinMaxScaler(), summed(ROWS), "columns of the summary must be numeric, got others, 'id'"),
        (MinMaxScaler(columns=["pai"]), summed(ROWS), "'pai'; did you mean 'pay'"),
        (MinMaxScaler(columns=["id"]), summed(ROWS), "columns must be numeric, got 'id'"),
        (MinMaxScaler(), summarize([{"x": 1}, {"x": None}]), "got 1 missing value in column 'x'"),
        (MinMaxScaler(), summarize([1.0, math.inf]), "no infinite values, got inf in column 0"),
        (MinMaxScaler(), summarize([3, 3]), "All values are identical"),
        (MinMaxScaler(), summarize([]), "Cannot fit empty data"),
        (
            StandardScaler(nan_policy="omit"),
            summarize([{"x": None}, {"x": None}]),
            "Cannot fit only missing values: column 'x'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_learned_is_refused_and_nothing_changes(scaler, summary, problem):
    with pytest.raises((TypeError, ValueError), match=problem):
        scaler.fit_summary(summary)
    assert not scaler.__sklearn_is_fitted__()


def test_a_clipper_takes_infinities_as_numbers():
    summary = summarize([1.0, 2.0, math.inf], distributions=True)

    assert math.inf == OutlierClipper(0, 100).fit_summary(summary).upper_bounds_[0]


@of_quantiles
def test_what_was_fitted_to_a_summary_merges_as_summaries_only(kind):
    scaler = kind(columns="pay").fit_summary(summed(ROWS))

    with pytest.raises(ValueError, match="summaries are added before the fit"):
        scaler.merge(scaler)


@of_quantiles
def test_a_fit_to_data_is_exact_again(kind):
    scaler = kind(columns="pay").fit_summary(summed(ROWS)).fit(ROWS)

    assert scaler.errors_ is None
    assert kind(columns="pay").fit(ROWS).to_dict() == scaler.to_dict()


def test_it_is_the_same_without_numpy(monkeypatch):
    expected = RobustScaler(columns=WANTED).fit_summary(summed(ROWS)).to_dict()
    monkeypatch.setitem(sys.modules, "numpy", None)
    scaler = RobustScaler(columns=WANTED).fit_summary(summed(ROWS))

    assert expected == scaler.to_dict()
    assert isinstance(scaler.errors_, tuple)


def test_an_engine_and_a_list_give_the_same():
    duckdb = pytest.importorskip("duckdb")
    values = ", ".join(f"({row['age']}, {row['pay']!r}::DOUBLE)" for row in ROWS)
    relation = duckdb.connect().sql(f"SELECT * FROM (VALUES {values}) AS t(age, pay)")
    of_engine = RobustScaler().fit_summary(summarize(relation, distributions=True))
    of_list = RobustScaler(columns=WANTED).fit_summary(summed(ROWS))

    for name in ("lower_quantiles", "medians", "upper_quantiles", "errors"):
        assert of_list.to_dict()[name] == of_engine.to_dict()[name]
