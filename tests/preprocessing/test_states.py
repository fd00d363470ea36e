"""States are values: they add up, compare, copy, and show themselves shortly."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ml_infra_utils.preprocessing import (
    FindingsError,
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    drift,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
    normalize,
    summarize,
)

GAPS = [1.0, None, 3.0, math.nan]
MAKERS = {
    "summary": summarize,
    "findings": find_missing_values,
    "min-max scaler": lambda data: MinMaxScaler(nan_policy="omit").fit(data),
    "standard scaler": lambda data: StandardScaler(nan_policy="omit").fit(data),
    "clipper": lambda data: OutlierClipper(sketch_size=200, nan_policy="omit").fit(data),
    "robust scaler": lambda data: RobustScaler(sketch_size=200, nan_policy="omit").fit(data),
}
each_kind = pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))
VALUES = {
    "summary": lambda: summarize(np.array([[1.0, 2.0], [3.0, math.inf]])),
    "summary whose mean is NaN": lambda: summarize([math.inf, -math.inf]),
    "findings": lambda: find_missing_values(np.array([1.0, math.nan])),
    "findings that do not hash": lambda: find_type_mismatches([[1], {2}], int),
}
each_value = pytest.mark.parametrize("make", VALUES.values(), ids=list(VALUES))


def frame(values, number=3):
    return pl.DataFrame({f"c{i}": values for i in range(number)})


@each_kind
def test_a_sum_is_a_merge(make):
    parts = [make(frame(values)) for values in (GAPS, [5.0, 2.0], [None, 9.0, 8.0])]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    for same in (parts[0] + parts[1] + parts[2], sum(parts)):
        assert type(merged) is type(same)
        assert merged.to_dict() == same.to_dict()


@each_kind
def test_only_states_of_one_class_add_up(make):
    state = make(frame(GAPS))
    for other in (1, "a", None, object()):
        with pytest.raises(TypeError, match="unsupported operand"):
            state + other
        with pytest.raises(TypeError, match=f"other must be a {type(state).__name__}, got"):
            state.merge(other)
    with pytest.raises(TypeError, match="unsupported operand"):
        1 + state


def pickled(state):
    return pickle.loads(pickle.dumps(state))


@each_kind
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_keeps_everything(make, again):
    state = make(frame(GAPS))
    assert state.to_dict() == again(state).to_dict()


@each_value
def test_immutable_states_are_equal_by_value(make):
    state = make()
    for same in (make(), pickled(state), type(state).from_dict(state.to_dict())):
        assert state == same
        assert hash(state) == hash(same)
    assert state != make() + make()
    assert state != 3
    with pytest.raises(AttributeError):
        state.columns = ()


def test_columns_are_equal_by_value():
    one, other = summarize([1, 2])[0], summarize([1, 3])[0]
    assert one == summarize([1, 2])[0] != other
    assert {one} == {one, summarize([1, 2])[0]} != {other}
    found = find_missing_values([None]).columns[0]
    assert found == find_missing_values([None]).columns[0] != one
    assert {found} == {found, find_missing_values([None]).columns[0]}
    assert one != found


@each_kind
@pytest.mark.parametrize("number", [1, 3, 1000])
def test_a_repr_is_one_short_line(make, number):
    state = make(frame(GAPS, number))
    for value in (state, *(getattr(state, "columns", None) or ())[:1]):
        assert "\n" not in repr(value)
        assert len(repr(value)) <= 200


def test_what_a_repr_says():
    summary = summarize(frame([1.0, None, 2.5]))
    assert "Summary(3 columns: 'c0', 'c1', 'c2')" == repr(summary)
    expected = "'c0', type=Float64, count=2, missing=1, min=1, max=2.5, mean=1.75, std=1.06066"
    assert f"ColumnSummary({expected})" == repr(summary["c0"])
    findings = find_missing_values(frame(GAPS, 2))
    assert "Findings(4 missing values in 4 rows)" == repr(findings)
    expected = "2 values in column 'c0' at index 1 (None), 3 (nan)"
    assert f"ColumnFindings({expected})" == repr(findings.columns[0])
    assert "Findings(no missing values in 1 row)" == repr(find_missing_values([1]))
    assert "MinMaxScaler(feature_range=(-1, 1))" == repr(MinMaxScaler((-1, 1)).fit([[1], [2]]))


SCALER = StandardScaler(ddof=0).fit([[1, 10], [3, 30]])
CLIPPER = OutlierClipper(0, 50).fit(frame([1.0, 2.0, 3.0], 2))
FINDINGS = find_out_of_range(pl.DataFrame({"a|b": [1, 9, 7], "<c>": [2, 3, 8]}), 0, 5)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            summarize(pl.DataFrame({"age": [1, 2, None], "name": ["a", None, None]})),
            """\
column  type    count  missing  min  max  mean       std
age     Int64       2        1    1    2   1.5  0.707107
name    String      1        2""",
        ),
        (
            SCALER,
            f"""\
StandardScaler(ddof=0)
column  type   count  missing  min  max  mean      std
0       {SCALER.summary_[0].type}      2        0    1    3     2  1.41421
1       {SCALER.summary_[0].type}      2        0   10   30    20  14.1421""",
        ),
        (
            CLIPPER,
            """\
OutlierClipper(lower_percentile=0, upper_percentile=50)
feature  lower bound  upper bound
c0                 1            2
c1                 1            2""",
        ),
        (
            FINDINGS,
            """\
3 values out of range
  2 in column 'a|b' at index 1 (9), 2 (7)
  1 in column '<c>' at index 2 (8)""",
        ),
        (MinMaxScaler(), "MinMaxScaler()"),
    ],
    ids=["summary", "scaler", "clipper", "findings", "unfitted"],
)
def test_print_shows_a_table(state, expected):
    assert expected == str(state)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            summarize(pl.DataFrame({"a_b": [1, 2, None]})),
            r"""
| column | type | count | missing | min | max | mean | std |
| :-- | :-- | --: | --: | --: | --: | --: | --: |
| a\_b | Int64 | 2 | 1 | 1 | 2 | 1.5 | 0.707107 |""",
        ),
        (
            CLIPPER,
            """
OutlierClipper(lower_percentile=0, upper_percentile=50)

| feature | lower bound | upper bound |
| :-- | --: | --: |
| c0 | 1 | 2 |
| c1 | 1 | 2 |""",
        ),
        (
            FINDINGS,
            r"""
3 values out of range in 3 rows

| column | count | first |
| :-- | --: | --: |
| a\|b | 2 | at index 1 (9), 2 (7) |
| \<c\> | 1 | at index 2 (8) |""",
        ),
        (find_missing_values([1, 2]), "\nno missing values in 2 rows"),
    ],
    ids=["summary", "clipper", "findings", "nothing"],
)
def test_markdown_shows_a_table(state, expected):
    assert expected[1:] == state.to_markdown()


def test_a_notebook_shows_a_table():
    html = FINDINGS._repr_html_()
    assert html.startswith("<p>3 values out of range in 3 rows</p><table><thead><tr><th")
    assert '<th scope="row">&lt;c&gt;</th><td>1</td><td>at index 2 (8)</td>' in html
    assert "<p>no missing values in 1 row</p>" == find_missing_values([1])._repr_html_()
    html = SCALER._repr_html_()
    assert html.startswith("<p>StandardScaler(ddof=0)</p><table>")
    assert '<th scope="row">0</th><th scope="row">' in html
    assert "<p>MinMaxScaler()</p>" == MinMaxScaler()._repr_html_()


@pytest.mark.parametrize("scaler", [MinMaxScaler, RobustScaler, StandardScaler, OutlierClipper])
def test_an_unfitted_one_has_nothing_to_show(scaler):
    for use in (scaler.to_markdown, scaler.to_dict, scaler.to_json, lambda s: s + s):
        with pytest.raises(ValueError, match="is not fitted yet: call fit first"):
            use(scaler())


@pytest.mark.parametrize("name", ["c{}", f"{'a long name ' * 6}{{}}"])
def test_an_error_of_many_columns_is_short(name):
    names = [name.format(i) for i in range(1000)]
    data = pl.DataFrame({name: [1.0, None] for name in names})
    with pytest.raises(FindingsError, match="got 1,000\n") as caught:
        normalize(data)
    with pytest.raises(FindingsError, match=r"^1,000 missing values\n") as raised:
        find_missing_values(data).raise_if_any()
    for error in (caught.value, raised.value):
        assert len(str(error)) <= 1000
        assert "more columns" in str(error)
        assert 1000 == len(error.findings.by_column)


def test_an_error_of_long_values_is_short():
    with pytest.raises(FindingsError, match=r"^9 values of another type") as caught:
        find_type_mismatches(["x" * 1000] * 9, int).raise_if_any()
    assert len(str(caught.value)) <= 1000


def test_a_merge_of_many_other_names_is_short():
    one, other = summarize(frame([1], 1)), summarize(frame([1], 1000))
    with pytest.raises(ValueError, match=r"only the second has 'c1', .* and 989 more") as caught:
        one.merge(other)
    assert len(str(caught.value)) <= 1000


HOSTILE = "<script>\u202e" + "x" * 300
TABLE = pd.DataFrame({HOSTILE: [1.0, 2.0], "b\nc": [None, 3.0]})


@pytest.mark.parametrize(
    "state",
    [
        summarize(TABLE),
        find_missing_values(TABLE.replace(1.0, math.nan)),
        *(
            make(nan_policy="omit", on_constant="zero").fit(TABLE)
            for make in (MinMaxScaler, RobustScaler, StandardScaler)
        ),
        OutlierClipper(nan_policy="omit").fit(TABLE),
        drift(*[summarize(TABLE, distributions=True)] * 2),
    ],
    ids=lambda state: type(state).__name__,
)
def test_no_name_breaks_a_table_or_makes_it_wider_than_a_screen(state):
    html, lines = state._repr_html_(), [*str(state).splitlines(), *state.to_markdown().splitlines()]
    assert "<script>" not in html
    assert "\n" not in html
    assert all(text.isprintable() for text in [html, *lines])
    assert "…" in html
    assert len(html) < 2_000
    assert max(map(len, lines)) < 250
