"""Dates and times in distributions: the same bins everywhere, parts that add up, exact ends."""

from __future__ import annotations

import datetime
import random
from bisect import bisect_right
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import Contract, Summary, drift, summarize

UTC = datetime.timezone.utc
IN_ROME = datetime.timezone(datetime.timedelta(hours=2))

moments = st.datetimes()
days = st.dates()
columns = st.one_of(
    st.lists(st.one_of(st.none(), days), min_size=1, max_size=60),
    st.lists(st.one_of(st.none(), moments), min_size=1, max_size=60),
    st.lists(st.one_of(st.none(), st.datetimes(timezones=st.just(IN_ROME))), min_size=1),
)


def of(values):
    return summarize([{"t": value} for value in values], distributions=True)["t"]


def many(n, span=10**15, seed=0):
    generator = random.Random(seed)
    start = datetime.datetime(1960, 1, 1)
    return [start + datetime.timedelta(microseconds=generator.randrange(span)) for _ in range(n)]


def document(summary, name="t"):
    (column,) = (each for each in summary.to_dict()["columns"] if each["name"] == name)
    return column["distribution"]


# What they say


@given(columns)
def test_the_ends_are_the_first_and_the_last_value(values):
    present = [value for value in values if value is not None]
    expected = (min(present), max(present)) if present else None
    column = of(values)

    assert len(values) - len(present) == column.missing
    if present:
        assert expected == column.dates
        assert expected == (column.quantile(0), column.quantile(1))


@given(columns, st.floats(0, 1))
def test_a_quantile_lies_between_its_bounds(values, share):
    present = sorted(value for value in values if value is not None)
    if not present:
        return
    exact = next(x for i, x in enumerate(present, 1) if i >= share * len(present))
    least, most = of(values).quantile_bounds(share)

    assert least <= exact <= most
    assert most - least <= (present[-1] - present[0]) / 500


def test_times_with_a_zone_are_told_in_utc():
    noon = datetime.datetime(2026, 7, 1, 12, tzinfo=IN_ROME)

    assert datetime.datetime(2026, 7, 1, 10, tzinfo=UTC) == of([noon]).quantile(0.5)
    assert UTC == of([noon]).quantile(0.5).tzinfo


def test_dates_that_are_met_often_are_counted_one_by_one():
    friday, monday = datetime.date(2026, 11, 27), datetime.date(2026, 11, 30)
    column = of([friday] * 5 + [monday] * 2)

    assert [(friday, 5), (monday, 2)] == [(each.value, each.count.most) for each in column.top]
    assert 2 == column.distinct.least == column.distinct.most


def test_a_table_shows_the_first_and_the_last():
    shown = str(Summary([of([datetime.date(2026, 1, 31), datetime.date(2026, 11, 27)])]))

    assert "2026-01-31" in shown
    assert "2026-11-27" in shown


@pytest.mark.parametrize(
    "values",
    [
        [datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1)],
        [datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=UTC)],
        [datetime.time(1, 2)],
    ],
)
def test_what_has_no_common_order_has_no_distribution(values):
    assert of(values).distribution is None


# Parts


@given(columns, st.integers(1, 5))
def test_parts_add_up_to_the_whole(values, parts):
    rows = [{"t": value} for value in values]
    some = [part for part in (rows[i::parts] for i in range(parts)) if part]
    summed = sum(summarize(part, distributions=True) for part in some)

    assert summarize(rows, distributions=True) == summed


def test_the_order_of_parts_changes_nothing():
    parts = [
        summarize([{"t": each} for each in many(3000, span, seed)], distributions=True)
        for seed, span in enumerate((10**9, 10**15, 10**12))
    ]
    first, second, third = parts

    assert (first + second) + third == third + (second + first) == (third + first) + second


def test_dates_and_times_do_not_merge():
    summed = sum(
        summarize([{"t": each}], distributions=True)
        for each in (datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1))
    )

    assert summed["t"].distribution is None
    assert 2 == summed["t"].count


# Documents


@given(columns)
def test_a_document_brings_them_back(values):
    summary = Summary([of(values)])

    assert summary == Summary.from_json(summary.to_json())


def test_a_document_stays_below_128_kib():
    summary = summarize([{"t": each} for each in many(50_000)], distributions=True)

    assert len(summary.to_json()) < 128 * 1024


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"shift": 70}, "shift"),
        ({"kind": "month"}, "kind"),
        ({"bins": [[3, 5, 4]]}, r"bins\[0\] must be of values of one bin"),
        ({"bins": [[1, 5, 6]]}, r"bins\[0\] must be of values of one bin"),
        ({"bins": [[1, 7], [2, 5]]}, r"bins\[1\] must be above the bins before"),
        ({"bins": [[3, 10**9]]}, r"bins\[0\] must be above the bins before"),
        ({"bins": [[1, 0], [2, 2_900_000]]}, "shift must be at least 5"),
        ({"bins": [[2, 5]]}, "count must be 2, as the distribution has"),
    ],
)
def test_a_document_that_no_dates_have_is_refused(changed, problem):
    dates = [datetime.date(2026, 1, day) for day in (1, 2, 3)]
    broken = summarize([{"t": each} for each in dates], distributions=True).to_dict()
    broken["columns"][0]["distribution"].update(changed)

    with pytest.raises(ValueError, match=problem):
        Summary.from_dict(broken)


# Containers


@pytest.fixture(scope="module")
def frames():
    pl = pytest.importorskip("polars")
    values = [*many(5000), None]
    days = [None if each is None else each.date() for each in values]
    frame = pl.DataFrame({"t": values, "d": days}, schema={"t": pl.Datetime("us"), "d": pl.Date})
    # Polars has no time zones in Python 3.8.
    in_utc = [frame["t"].dt.replace_time_zone("UTC").alias("z")] if find_spec("zoneinfo") else []
    return frame.with_columns(in_utc)


CONTAINERS = {
    "Polars": lambda frame: frame,
    "lazy Polars": lambda frame: frame.lazy(),
    "PyArrow": lambda frame: frame.to_arrow(),
    "pandas": lambda frame: frame.to_pandas(),
    "dicts": lambda frame: frame.to_dicts(),
    "another zone": lambda frame: frame.with_columns(
        each.dt.convert_time_zone("Asia/Tokyo") for each in frame.select("^z$")
    ),
    "nanoseconds": lambda frame: frame.with_columns(frame["t"].dt.cast_time_unit("ns")),
}


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=list(CONTAINERS))
def test_every_container_has_the_same_bins(make, frames):
    data = make(frames)
    found = summarize(data, distributions=True)
    expected = summarize(frames.to_dicts(), distributions=True)

    for name in frames.columns:
        if (name, make) == ("d", CONTAINERS["pandas"]):
            continue  # it has no days
        assert document(expected, name) == document(found, name)


def test_duckdb_has_the_same_bins(frames):
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().from_arrow(frames.to_arrow())
    found = summarize(relation, distributions=True)

    for column in summarize(frames, distributions=True):
        assert document(found, column.name) == column._document()["distribution"]


def test_what_lies_beyond_the_years_of_python_counts_as_their_end():
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().sql(
        "SELECT unnest(['-infinity'::DATE, '250000-01-01'::DATE, 'infinity'::DATE, NULL]) AS d, "
        "unnest(['infinity'::TIMESTAMPTZ, NULL, '-infinity'::TIMESTAMPTZ, NULL]) AS \"a \"\"z\""
    )
    summary = summarize(relation, distributions=True)

    assert (datetime.date.min, datetime.date.max) == summary["d"].dates
    assert 3 == summary["d"].count
    ends = (datetime.datetime.min, datetime.datetime.max)
    assert tuple(each.replace(tzinfo=UTC) for each in ends) == summary['a "z'].dates


@pytest.mark.parametrize("kind", ["datetime64[s]", "datetime64[ns]", object])
def test_pandas_has_missing_times(kind):
    pd = pytest.importorskip("pandas")
    times = pd.Series([datetime.datetime(2026, 1, 1, 5), None, datetime.datetime(2025, 1, 1)])
    frame = pd.DataFrame({"t": pd.to_datetime(times)}).astype({"t": kind})
    column = summarize(frame, distributions=True)["t"]

    assert (datetime.datetime(2025, 1, 1), datetime.datetime(2026, 1, 1, 5)) == column.dates
    assert (2, 1) == (column.count, column.missing)


def test_a_column_without_values_has_an_empty_distribution():
    pl = pytest.importorskip("polars")
    empty = pl.DataFrame({"t": [None]}, schema={"t": pl.Date})
    column = summarize(empty, distributions=True)["t"]

    assert column.dates is None
    with pytest.raises(ValueError, match="a column must have values for a quantile"):
        column.quantile(0.5)


# Drift and contracts


def test_drift_of_times_with_themselves_is_none():
    rows = [{"t": each} for each in many(3000)]
    (column,) = drift(rows, rows)

    assert 0 == column.psi == column.js == column.ks.least


def test_drift_sees_times_that_have_moved_on():
    before = [{"t": each} for each in many(3000)]
    after = [{"t": row["t"] + datetime.timedelta(days=3000)} for row in before]
    report = drift(before, after)
    old, new = (sorted(row["t"] for row in rows) for rows in (before, after))
    exact = max(abs(bisect_right(old, t) - bisect_right(new, t)) for t in [*old, *new]) / 3000

    assert ["t"] == report.drifted
    assert report["t"].ks.least <= exact <= report["t"].ks.most
    assert "1960-01-01T" in str(report)
    assert report.to_dict()["columns"][0]["range"][0][0].startswith("1960-01-01T")


def test_drift_tells_times_where_there_were_dates():
    before, after = (
        [{"t": each}] for each in (datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1))
    )

    assert "type datetime, before date" in drift(before, after)["t"].problems


@given(columns, st.sampled_from([0, 0.05]))
def test_a_contract_learns_a_range_that_its_sample_keeps(values, slack):
    rows = [{"t": value} for value in values]
    contract = Contract.infer(rows, slack=slack)

    assert contract.check(rows)
    assert contract == Contract.from_json(contract.to_json())


def test_a_contract_widens_the_range_of_dates_by_its_slack():
    rows = [{"t": datetime.date(2026, 1, 1)}, {"t": datetime.date(2026, 4, 11)}]
    column = Contract.infer(rows, slack=0.05).columns["t"]

    assert (datetime.date(2025, 12, 27), datetime.date(2026, 4, 16)) == column.range
