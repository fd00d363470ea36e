"""Summaries with distributions: the same bins of the same values, wherever they are counted."""

from __future__ import annotations

import json
import math
import pickle
import random
import struct

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import Summary, summarize

ANY_FLOAT = st.floats(allow_nan=False)
# The beginnings of bins, the floats beside them, and what is left of the smallest and the largest.
EDGES = [
    struct.unpack("<d", struct.pack("<Q", bits))[0]
    for edge in range(0, 131_009, 111)
    for bits in (edge << 46, (edge << 46) + 1, max(0, (edge << 46) - 1))
]
HOSTILE = {
    "edges of bins": [*EDGES, *(-each for each in EDGES)],
    "subnormals": [5e-324, -5e-324, 1e-310, 0.0, -0.0, 2.0**-1022],
    "infinities": [math.inf, -math.inf, 1.7976931348623157e308, 1.0],
    "integers": list(range(-300, 300)),
    "every magnitude": [sign * 10.0**k for k in range(-300, 300) for sign in (1, -1)],
}
NULLABLE = {float: "Float64", int: "Float64", str: "string", bool: "boolean"}
FRAMES = {
    "pandas": pd.DataFrame,
    "pandas nullable": lambda columns: pd.DataFrame(
        {name: pd.array(values, NULLABLE[type(values[0])]) for name, values in columns.items()}
    ),
    "pandas objects": lambda columns: pd.DataFrame(columns, dtype=object),
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "polars categorical": lambda columns: pl.DataFrame(columns).with_columns(
        pl.col(pl.String).cast(pl.Categorical)
    ),
    "pyarrow": pa.table,
}


def distribution(data):
    (column,) = summarize(data, distributions=True)
    return json.loads(json.dumps(column.distribution.document(), allow_nan=False))


@pytest.mark.parametrize("values", HOSTILE.values(), ids=list(HOSTILE))
def test_the_same_numbers_fall_into_the_same_bins_in_every_container(values, column):
    assert distribution(list(values)) == distribution(column(values))


@pytest.mark.parametrize("values", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("make", FRAMES.values(), ids=list(FRAMES))
def test_the_same_numbers_fall_into_the_same_bins_in_every_frame(values, make):
    assert distribution(list(values)) == distribution(make({"a": values}))


@pytest.mark.parametrize("order", ["C", "F"])
def test_each_column_of_a_long_array_has_the_bins_of_a_list(order):
    values = np.random.default_rng(0).normal(size=(40_000, 3)) * [1.0, -1e200, 1e-310]
    values[::1000], values[1::1000], values[2::1000], values[3::1000] = 0.0, -0.0, math.nan, np.inf
    # NaN as R writes what is missing: its bits are those of the bin of infinity.
    values.view(np.uint64)[4::1000] = 0x7FF0_0000_0000_07A2
    summary = summarize(np.array(values, order=order), distributions=True)
    for column, each in zip(summary, values.T):
        found = column.distribution.document()
        assert distribution(each.tolist()) == json.loads(json.dumps(found, allow_nan=False))


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint64", "bool", ">f8"])
def test_a_long_array_of_any_type_has_the_bins_of_a_list(dtype):
    values = np.random.default_rng(0).normal(size=40_000).astype(dtype)
    assert distribution(values) == distribution(values.tolist())


def test_a_distribution_that_nobody_has_read_is_pickled():
    column = summarize(np.arange(40_000.0), distributions=True)[0]
    assert pickle.loads(pickle.dumps(column)) == column


@pytest.mark.parametrize("make", FRAMES.values(), ids=list(FRAMES))
def test_texts_and_bools_are_counted_alike_in_every_frame(make):
    columns = {
        "text": ["x", "yes", None, "x", "é", "x"],
        "flag": [True, None, True, False, True, True],
    }
    summary = summarize(make(columns), distributions=True)
    assert [(each.value, each.count.least) for each in summary["text"].top] == [
        ("x", 3),
        ("yes", 1),
        ("é", 1),
    ]
    assert (3, 3) == summary["text"].distinct
    assert (1, 3) == summary["text"].lengths
    assert [(each.value, each.count.most) for each in summary["flag"].top] == [
        (True, 4),
        (False, 1),
    ]


@given(st.lists(ANY_FLOAT, min_size=1, max_size=60), st.integers(0, 100))
def test_a_quantile_lies_within_its_bounds_and_within_1_percent(values, percent):
    column = summarize(values, distributions=True)[0]
    rank = max(1, math.ceil(percent / 100 * len(values)))
    exact = sorted(values)[rank - 1]
    low, high = column.quantile_bounds(percent / 100)
    assert low <= exact <= high
    quantile = column.quantile(percent / 100)
    assert quantile == exact or abs(quantile - exact) <= 0.01 * max(abs(exact), 2.0**-1022)


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).normal(size=20_000),
        np.random.default_rng(2).standard_cauchy(size=20_000),
        np.random.default_rng(3).lognormal(0, 2, size=20_000),
        np.repeat([0.1, 7.0, 7.0, 1e9], 5_000),
    ],
    ids=["normal", "cauchy", "lognormal", "heavy values"],
)
def test_quantiles_agree_with_those_of_numpy(values):
    column = summarize(values, distributions=True)[0]
    for share in (0, 0.001, 0.25, 0.5, 0.9, 0.999, 1):
        exact = np.quantile(values, share, method="inverted_cdf")
        assert abs(column.quantile(share) - exact) <= 0.01 * abs(exact)
    assert (values.min(), values.max()) == (column.quantile(0), column.quantile(1))


PARTS = st.lists(st.lists(ANY_FLOAT, max_size=30), min_size=1, max_size=5)


@given(PARTS, st.randoms())
def test_merging_parts_in_any_order_is_counting_the_whole(parts, order):
    whole = [each for part in parts for each in part]
    order.shuffle(parts)
    summaries = [summarize(part, distributions=True) for part in parts]
    assert distribution(whole) == sum(summaries)[0].distribution.document() or not whole


def test_bins_that_are_too_many_are_merged_by_any_order_of_parts_alike():
    values = HOSTILE["edges of bins"]
    shuffled = random.Random(0).sample(values, len(values))
    parts = [summarize(shuffled[start::7], distributions=True) for start in range(7)]
    merged = sum(parts)
    assert distribution(values) == json.loads(json.dumps(merged[0].distribution.document()))
    assert len(merged[0].distribution.bins) <= 1920


def test_a_document_of_a_column_stays_small():
    random_numbers = np.random.default_rng(0).normal(size=100_000) * 1e-200
    assert len(summarize(random_numbers, distributions=True).to_json()) < 128 * 1024
    texts = pd.Series([f"{number:090}" for number in range(2_000)])
    assert len(summarize(texts, distributions=True).to_json()) < 128 * 1024


def test_texts_beyond_the_500_most_frequent_are_bounded():
    common = ["a"] * 50 + ["b"] * 40
    first = pl.Series(common + [f"{number:04}" for number in range(800)])
    second = pl.Series(["b"] * 5 + [f"{number:04}" for number in range(800, 900)])
    column = (summarize(first, distributions=True) + summarize(second, distributions=True))[0]
    counts = {each.value: each.count for each in column.top}
    assert (50, 50) == counts["a"]
    assert (45, 45) == counts["b"]
    assert counts["0899"] == (1, 2)  # it may be one of those that the first part left out
    least, most = column.distinct
    assert least <= 902 <= most


def test_a_document_of_distributions_comes_back():
    frame = pl.DataFrame(
        {"a": [1.5, None, math.inf], "b": ["x", "y", None], "c": [True, None, None]}
    )
    summary = summarize(frame, distributions=True)
    assert summary == Summary.from_json(summary.to_json())
    assert summary == summarize(frame.head(1), distributions=True) + summarize(
        frame.tail(2), distributions=True
    )


DOCUMENT = summarize(
    pl.DataFrame({"a": [1.0, 3.0, 3.01], "b": ["x", "x", "y"]}), distributions=True
).to_json()


@pytest.mark.parametrize(
    ("column", "path", "value", "message"),
    [
        (0, ("bins",), [[2, 3.0, 3.01], [1, 1.0]], "bins[1] must be above the bins before"),
        (0, ("bins", 1, 2), 9.0, "bins[1] must be of numbers of one bin"),
        (0, ("bins", 0, 0), 0, "bins[0][0] must be an integer of at least 1"),
        (0, ("bins", 0, 0), 2, "count must be 4, as the distribution has"),
        (0, ("more",), 1, "must have no keys but"),
        (1, ("cut",), 3, "cut must be at most hidden, 0"),
        (1, ("values", 1, 0), "x", "values[1] must be met once, got 'x'"),
        (1, ("values", 0, 2), 1, "values[0][2] must be at most cut, 0"),
        (1, ("lengths",), [3, 1], "lengths must be in order, got [3, 1]"),
    ],
)
def test_a_document_that_no_data_has_is_refused(column, path, value, message):
    document = json.loads(DOCUMENT)
    entry = document["columns"][column]["distribution"]
    for key in path[:-1]:
        entry = entry[key]
    entry[path[-1]] = value
    with pytest.raises(ValueError) as error:  # noqa: PT011  # the text is compared below
        Summary.from_dict(document)
    assert message in str(error.value)


def test_without_distributions_the_error_says_how_to_have_them():
    column = summarize([1.0])[0]
    with pytest.raises(ValueError, match=r"summarize\(data, distributions=True\)"):
        column.quantile(0.5)
    with pytest.raises(ValueError, match="must have a distribution"):
        _ = column.distinct


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, "0.5", None])
def test_a_share_that_is_none_is_refused(share):
    column = summarize([1.0], distributions=True)[0]
    with pytest.raises(ValueError, match="share must be a number from 0 to 1"):
        column.quantile(share)


def test_a_quantile_needs_numbers():
    summary = summarize(pl.DataFrame({"a": ["x"], "b": [None]}), distributions=True)
    with pytest.raises(ValueError, match="must have numbers for a quantile, got 'a'"):
        summary["a"].quantile(0.5)


def test_a_column_of_nothing_merges_with_one_of_any_kind():
    empty = summarize(pl.Series("a", [], pl.Float64), distributions=True)
    texts = summarize(pl.Series("a", ["x"]), distributions=True)
    assert (empty + texts)["a"].distinct == (1, 1)
    numbers = summarize(pl.Series("a", [1.0]), distributions=True)
    assert (numbers + texts)["a"].distribution is None
