"""Every function gives back the kind of container that came in, with the same results."""

from __future__ import annotations

import math
import sys
from array import array
from fractions import Fraction

import numpy as np
import pytest

from ml_infra_utils.preprocessing import (
    check_data_types,
    check_missing_values,
    clip_outliers,
    find_missing_values,
    find_out_of_range,
    normalize,
    standardize,
    summarize,
    validate_range,
)


def nullable(values):
    """The values for every container: NaN instead of None."""
    return [math.nan if value is None else value for value in values]


DATA = [3.0, -1.0, 4.0, 1.5, 9.0, 2.5]
GAPS = [3.0, None, 4.0, 1.5, 9.0, 2.5]

TRANSFORMS = {
    "normalize": (normalize, [0.4, 0.0, 0.5, 0.25, 1.0, 0.35]),
    "standardize": (standardize, [(x - np.mean(DATA)) / np.std(DATA, ddof=1) for x in DATA]),
    "clip": (lambda data, **k: clip_outliers(data, 20, 80, **k), [3.0, 1.5, 4.0, 1.5, 4.0, 2.5]),
    "clip linear": (
        lambda data, **k: clip_outliers(data, 10, 90, method="linear", **k),
        [3.0, 0.25, 4.0, 1.5, 6.5, 2.5],
    ),
    "range": (
        lambda data, **k: normalize(data, feature_range=(-1, 3), **k),
        [0.6, -1, 1, 0, 3, 0.4],
    ),
    "ddof": (
        lambda data, **k: standardize(data, ddof=0, **k),
        [(x - np.mean(DATA)) / np.std(DATA) for x in DATA],
    ),
}
each_transform = pytest.mark.parametrize(
    ("transform", "expected"), TRANSFORMS.values(), ids=list(TRANSFORMS)
)


@each_transform
def test_a_transform_gives_the_same_values_in_every_container(column, listed, transform, expected):
    data = column(DATA)
    result = transform(data)
    assert listed(result) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    is_sequence = isinstance(data, (list, tuple, array)) or hasattr(data, "__next__")
    assert type(result) is (list if is_sequence else type(data))
    assert listed(data) == ([] if hasattr(data, "__next__") else DATA)


@each_transform
def test_omitted_values_stay_where_they_are(column, listed, transform, expected):
    present = [value for value in GAPS if value is not None]
    expected_present = iter(transform(present))
    expected = [None if value is None else next(expected_present) for value in GAPS]
    result = listed(transform(column(nullable(GAPS)), nan_policy="omit"))
    assert result == [None if e is None else pytest.approx(e, rel=1e-12) for e in expected]


@each_transform
def test_propagated_values_make_all_results_missing(column, listed, transform, expected):  # noqa: ARG001
    result = transform(column(nullable(GAPS)), nan_policy="propagate")
    assert listed(result) == [None] * len(GAPS)


@each_transform
def test_missing_values_are_located(column, transform, expected):  # noqa: ARG001
    with pytest.raises(ValueError, match=r"have no missing values, got 1 at index \(?1") as caught:
        transform(column(nullable(GAPS)))
    assert caught.value.findings.total == 1


@pytest.mark.parametrize("function", [normalize, standardize])
def test_infinities_are_located(column, function):
    with pytest.raises(ValueError, match=r"must have no infinite values, got 1 at index \(?2"):
        function(column([1.0, 2.0, math.inf]))


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (normalize, "All values are identical, cannot normalize"),
        (standardize, "Standard deviation is zero, cannot standardize"),
    ],
)
@pytest.mark.parametrize("data", [[0.1] * 20, [7.0]])
def test_constant_data_is_an_error_or_zero(column, listed, function, problem, data):
    with pytest.raises(ValueError, match=problem):
        function(column(data))
    assert listed(function(column(data), on_constant="zero")) == [0.0] * len(data)


@pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])
def test_only_missing_values_are_an_error(column, function):
    with pytest.raises(ValueError, match=r"Cannot .* only missing values"):
        function(column([math.nan, math.nan]), nan_policy="omit")


def test_integers_become_floats_and_clipped_ones_stay(column, listed):
    data = [1, 2, 3, 4, 100]
    assert listed(normalize(column(data))) == pytest.approx([(x - 1) / 99 for x in data], rel=1e-6)
    clipped = listed(clip_outliers(column(data), 20, 80))
    assert clipped == [1, 2, 3, 4, 4]
    kind = float if isinstance(column(data), array) else int  # an array of doubles holds floats
    assert {type(value) for value in clipped} == {kind}


@pytest.mark.parametrize("scale", [1e308, 1e200, 1e-200, 1e-300])
def test_nothing_overflows_where_the_answer_is_finite(column, listed, scale):
    data = [-1.0, 0.5, 1.0, 1.0]
    scaled = [value * scale for value in data]
    assert listed(normalize(column(scaled))) == pytest.approx(normalize(data))
    assert listed(standardize(column(scaled))) == pytest.approx(standardize(data))
    summary = next(iter(summarize(column(scaled))))
    assert summary.mean == pytest.approx(0.375 * scale)


@pytest.mark.filterwarnings("ignore:overflow encountered")  # array-api-strict lets NumPy warn
def test_a_deviation_past_the_largest_float_is_an_error(column):
    with pytest.raises(ValueError, match="standard deviation must be at most the largest float"):
        standardize(column([1.7e308, -1.7e308]))


def test_a_large_mean_does_not_spoil_a_small_deviation(column, listed):
    data = [1e15, 1e15 + 1, 1e15 + 2]
    assert listed(standardize(column(data))) == [-1.0, 0.0, 1.0]


def test_the_summary_is_that_of_the_values(column):
    found = next(iter(summarize(column(nullable(GAPS)))))
    expected = (5, 1, 1.5, 9.0, 4.0, np.std([3, 4, 1.5, 9, 2.5], ddof=1))
    figures = (found.count, found.missing, found.min, found.max, found.mean, found.std)
    assert figures == pytest.approx(expected)


def test_findings_count_and_locate(column):
    missing = find_missing_values(column(nullable(GAPS)))
    assert missing.total == 1
    outside = find_out_of_range(column(DATA), 0, 5)
    assert [value for _, value in outside.columns[0].first] == [-1.0, 9.0]
    assert not find_out_of_range(column(DATA), -1, 9)


def test_checks_answer_for_every_container(column):
    assert check_missing_values(column(nullable(GAPS)))
    assert not check_missing_values(column(DATA))
    assert validate_range(column(DATA), -1, 9)
    assert not validate_range(column(DATA), -1, 8)
    assert check_data_types(column(DATA), float)
    assert not check_data_types(column(DATA), int)


@pytest.mark.usefixtures("numpy_or_not")
def test_long_lists_are_the_same_with_and_without_numpy():
    data = [float(x * x % 1009) for x in range(1000)]
    low, high = min(data), max(data)
    assert normalize(data) == [(x - low) / (high - low) for x in data]
    mean = sum(data) / 1000
    sd = math.sqrt(sum((x - mean) ** 2 for x in data) / 999)
    assert standardize(data) == pytest.approx([(x - mean) / sd for x in data])
    bounds = sorted(data)[49], sorted(data)[949]
    assert clip_outliers(data) == [min(max(x, bounds[0]), bounds[1]) for x in data]
    exact = [2**60 + x for x in range(1000)]
    assert normalize(exact) == [x / 999 for x in range(1000)]
    assert standardize(exact) == pytest.approx(standardize(list(range(1000))))
    assert clip_outliers(exact, 10, 90)[:100] == [2**60 + 99] * 100
    mixed = [*range(999), 2.5]
    assert {int} == set(map(type, clip_outliers(mixed, 10, 90)[:400]))


@pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])
@pytest.mark.parametrize(
    "values",
    [
        [np.uint8(200), np.uint8(100), np.uint8(150)],
        [1, np.uint8(200), np.uint8(100)],
        [np.int64(2**62)] * 3 + [np.int64(0)],
    ],
)
def test_a_list_of_numpy_scalars_is_a_list_of_numbers(function, values):
    assert function([int(value) for value in values]) == function(values)


# Lists of 500 plain numbers and more go through NumPy, if it is loaded.
LONG = {
    "floats": DATA * 100,
    "integers": [3, -1, 4, 1, 9, 2] * 100,
    "long integers": [2**60 + x for x in range(600)],
    "integers past 64 bits": [2**70 + x for x in range(600)],
    "bools": [True, False, False] * 200,
    "gaps": [3.0, None, 4.0, math.nan, 9.0, 2.5] * 100,
    "infinite": [*DATA, math.inf] * 100,
    "huge": [x * 1e307 for x in DATA] * 100,
    "tiny": [x * 1e-307 for x in DATA] * 100,
    "far from zero": [1e15 + x for x in range(600)],
    "constant": [0.1] * 600,
    "a text at the end": [*DATA * 100, "x"],
    "a fraction": [*DATA * 100, Fraction(1, 3)],
    "an integer past the largest float": [*DATA * 100, 10**400],
}


@pytest.mark.parametrize("data", LONG.values(), ids=list(LONG))
@pytest.mark.parametrize("policies", [{}, {"nan_policy": "omit"}, {"nan_policy": "propagate"}])
@each_transform
def test_a_long_list_has_the_same_results_with_and_without_numpy(
    monkeypatch,
    transform,
    expected,  # noqa: ARG001
    data,
    policies,
):
    def outcome():
        try:
            return transform(data, **policies)
        except (TypeError, ValueError) as error:
            return str(error)

    with_numpy = outcome()
    monkeypatch.delitem(sys.modules, "numpy")
    without = outcome()
    if isinstance(without, str):
        assert without == with_numpy
    else:
        assert list(map(type, without)) == list(map(type, with_numpy))
        numbers = ([x for x in result if x is not None] for result in (with_numpy, without))
        assert next(numbers) == pytest.approx(next(numbers), rel=1e-12, nan_ok=True)


@pytest.mark.usefixtures("numpy_or_not")
def test_long_lists_of_fractions_among_floats_are_clipped():
    data = [Fraction(i, 3) for i in range(400)] + [0.5] * 400
    assert {Fraction} >= {type(value) for value in clip_outliers(data, 60, 100) if value > 40}
    assert sorted(data)[479] == min(clip_outliers(data, 60, 100))


@pytest.mark.usefixtures("numpy_or_not")
@pytest.mark.parametrize(
    "kind",
    [
        lambda x: x + 2**70,
        lambda x: x - 2**63,
        lambda x: float(x) if x % 7 else x,
        lambda x: x if x < 900 else float(x),
        lambda x: x if x < 900 else Fraction(x),
    ],
    ids=["past 64 bits", "negative", "mixed", "floats last", "fractions last"],
)
def test_long_lists_of_every_kind_of_number_are_scaled_alike(kind):
    data = [kind(x) for x in range(1000)]
    assert [x / 999 for x in range(1000)] == normalize(data)
    assert standardize(list(range(1000))) == pytest.approx(standardize(data), rel=1e-12)
    assert sorted(data)[99] == min(clip_outliers(data, 10, 90))
    assert (min(data), max(data)) == (summarize(data)[0].min, summarize(data)[0].max)
