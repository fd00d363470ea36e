"""Drift between a reference and current data."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import DriftError, DriftReport, drift, summarize

RANDOM = np.random.default_rng(0)
BEFORE = pl.DataFrame(
    {
        "income": RANDOM.lognormal(10, 1, 4_000),
        "age": RANDOM.integers(18, 80, 4_000),
        "country": RANDOM.choice(list("abcde"), 4_000),
        "lost": RANDOM.normal(size=4_000),
        "same": RANDOM.normal(size=4_000),
    }
)
AFTER = pl.DataFrame(
    {
        "same": RANDOM.normal(size=4_000),
        "income": RANDOM.lognormal(11, 1, 4_000),
        "age": [None if i % 10 == 0 else i % 62 + 18 for i in range(4_000)],
        "country": RANDOM.choice(list("abcdf"), 4_000),
        "added": RANDOM.normal(size=4_000),
    }
)
NUMBERS = st.lists(st.floats(allow_nan=False), min_size=1, max_size=40)


def test_a_report_names_what_has_drifted_worst_first():
    report = drift(BEFORE, AFTER)
    assert report
    assert ["lost", "country", "income"] == report.drifted
    assert ["country", "income", "age", "same"] == [column.name for column in report]
    assert (("lost",), ("added",)) == (report.lost, report.added)
    assert (("f",), ("e",)) == (report["country"].new, report["country"].gone)
    assert (0.0, 0.1) == report["age"].missing


def test_summaries_of_parts_tell_what_the_data_does():
    parts = [summarize(part, distributions=True) for part in (AFTER.head(100), AFTER.tail(3_900))]
    whole = drift(BEFORE, AFTER).to_dict()
    assert whole == drift(summarize(BEFORE, distributions=True), sum(parts)).to_dict()


@given(NUMBERS)
def test_data_has_not_drifted_from_itself(values):
    column = drift(values, values, psi=0, js=0, ks=0, missing=0)[0]
    assert (0, 0, 0, ()) == (column.psi, column.js, column.ks.least, column.problems)


@given(NUMBERS, NUMBERS, st.randoms())
def test_the_order_of_values_changes_nothing(reference, current, order):
    figures = drift(reference, current).to_dict()
    order.shuffle(reference)
    order.shuffle(current)
    assert figures == drift(reference, current).to_dict()


@given(NUMBERS, NUMBERS)
def test_the_kolmogorov_smirnov_distance_lies_within_its_bounds(reference, current):
    places = sorted({*reference, *current})
    exact = max(
        abs(
            sum(each <= place for each in reference) / len(reference)
            - sum(each <= place for each in current) / len(current)
        )
        for place in places
    )
    least, most = drift(reference, current)[0].ks
    assert least - 1e-12 <= exact <= most + 1e-12
    assert 0 <= drift(reference, current)[0].js <= 1


def test_the_index_of_texts_is_that_of_their_shares():
    reference = pl.Series("a", ["x"] * 60 + ["y"] * 40)
    current = pl.Series("a", ["x"] * 30 + ["y"] * 70)
    column = drift(reference, current)["a"]
    expected = (0.6 - 0.3) * math.log(0.6 / 0.3) + (0.4 - 0.7) * math.log(0.4 / 0.7)
    assert column.psi == pytest.approx(expected)
    distance = pytest.importorskip("scipy.spatial.distance").jensenshannon
    assert column.js == pytest.approx(distance([0.6, 0.4], [0.3, 0.7], base=2))


def test_the_groups_of_numbers_are_tenths_of_the_reference():
    reference = list(range(100))
    current = [each for each in range(100) if each < 50] * 2
    half = [(0.1 - 0.2) * math.log(0.1 / 0.2)] * 5 + [(0.1 - 1e-4) * math.log(0.1 / 1e-4)] * 5
    assert drift(reference, current)[0].psi == pytest.approx(sum(half))


def test_a_constant_that_has_moved_has_drifted():
    report = drift([5.0] * 10, [6.0] * 10)
    assert report.drifted == [0]
    assert (1.0, (1.0, 1.0)) == (report[0].js, report[0].ks)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ([1.0, 2.0], [None, None], "no values"),
        (["a", "b"], [1.0, 2.0], "type Float64, before String"),
        ([1.0, 2.0], [1.0, None], "missing 0.5 > 0.1"),
        ([1.0, 2.0], [3.0, 4.0], "ks 1 > 0.5"),
        ([1.0, 2.0], [3.0, 4.0], "js 1 > 0.5"),
    ],
)
def test_a_column_drifts_in_several_ways(before, after, problem):
    report = drift(
        pl.DataFrame({"a": before}), pl.DataFrame({"a": after}), js=0.5, ks=0.5, missing=0.1
    )
    assert problem in report["a"].problems
    with pytest.raises(DriftError, match="1 column drifted") as error:
        report.raise_if_any()
    assert problem in str(error.value)
    assert error.value.report is report


def test_what_is_no_drift_raises_nothing():
    report = drift(BEFORE, BEFORE.sample(fraction=1.0, seed=1, shuffle=True))
    report.raise_if_any()
    assert not report
    assert "0 of 5 columns drifted" == str(report).splitlines()[0]


def test_without_a_threshold_nothing_is_judged():
    assert not drift([1.0], [2.0], psi=None)


def test_columns_narrows_frames_and_summaries_alike():
    chosen = ["age", "country"]
    report = drift(BEFORE, AFTER, columns=chosen)
    assert {"age", "country"} == {column.name for column in report}
    before, after = (summarize(each, distributions=True) for each in (BEFORE, AFTER))
    assert report.to_dict() == drift(before, after, columns=chosen).to_dict()


def test_a_report_is_plain_json_a_table_and_a_line():
    report = drift(BEFORE, AFTER)
    document = json.loads(report.to_json())
    assert "ml-infra/drift-report/1" == document["schema"]
    assert ["lost", "country", "income"] == document["drifted"]
    assert "DriftReport(3 of 5 columns drifted; lost: 'lost'; added: 'added')" == repr(report)
    assert report.to_markdown().splitlines()[2].startswith("| column | drift | psi |")
    assert "<table>" in report._repr_html_()
    assert "country" in str(report)
    assert "psi" in repr(report["country"])


def test_an_error_survives_pickling_and_lists_few_columns():
    wide = {f"column {number}": [1.0, 2.0] for number in range(50)}
    other = {name: [8.0, 9.0] for name in wide}
    with pytest.raises(DriftError) as error:
        drift(pd.DataFrame(wide), pd.DataFrame(other)).raise_if_any()
    assert "and 42 more columns" in str(error.value)
    assert len(str(error.value)) <= 1_000
    again = pickle.loads(pickle.dumps(error.value))
    assert again.report.drifted == error.value.report.drifted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0], -1), "psi must be a number of at least 0 or None, got -1"),
        (([1.0], [1.0], math.nan), "psi must be a number of at least 0 or None, got nan"),
        (([1.0], [1.0], "0.1"), "psi must be a number of at least 0 or None, got '0.1'"),
        ((summarize([1.0]), [1.0]), "reference must have distributions, got a summary without"),
        (([1.0], summarize([1.0])), "current must have distributions, got a summary without"),
        ((pl.DataFrame(), [1.0]), "reference must have columns, got none"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    reference, current, *psi = arguments
    with pytest.raises(ValueError, match=message):
        drift(reference, current, **({"psi": psi[0]} if psi else {}))


def test_a_plot_shows_each_column_and_the_drifted_ones_darker():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = drift(BEFORE, AFTER).plot()
    assert ["country", "income", "age", "same"] == [
        each.get_text() for each in ax.get_yticklabels()
    ]
    assert 2 == len({bar.get_facecolor() for bar in ax.patches})
    assert ax is drift(BEFORE, AFTER).plot(ax)
    matplotlib.pyplot.close("all")


def test_a_report_is_falsy_without_columns_in_common_only_if_none_is_lost():
    assert not DriftReport((), (), ("added",))
    assert DriftReport((), ("lost",))


def test_columns_that_a_summary_does_not_have_are_refused():
    summary = summarize(BEFORE, distributions=True)
    with pytest.raises(ValueError, match="columns must be columns of reference, got 'incme'"):
        drift(summary, summary, columns=["age", "incme"])


def test_a_column_of_which_nothing_is_known_comes_last():
    frame = pl.DataFrame({"list": [[1], [2]], "a": [1.0, 2.0]})
    assert ["a", "list"] == [column.name for column in drift(frame, frame)]
