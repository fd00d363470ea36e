"""normalize, standardize and clip_outliers of plain Python values."""

from __future__ import annotations

import math
import statistics
import sys
from array import array
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import clip_outliers, normalize, standardize

HUGE = sys.float_info.max
TINY = 5e-324

finite_floats = st.floats(allow_nan=False, allow_infinity=False)
numbers = finite_floats | st.integers(-(10**20), 10**20)


def distinct(values):
    assume(float(min(values)) != float(max(values)))
    return values


class TestNormalize:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ([1, 2, 3, 4, 5], [0.0, 0.25, 0.5, 0.75, 1.0]),
            ((3, 1), [1.0, 0.0]),
            (range(3), [0.0, 0.5, 1.0]),
            (array("f", [0, 4, 1]), [0.0, 1.0, 0.25]),
            ((x for x in [0, 4, 1]), [0.0, 1.0, 0.25]),
            ({"a": 0, "b": 4}.values(), [0.0, 1.0]),
            ([False, True], [0.0, 1.0]),
            ([Decimal(1), Decimal("1.5"), Decimal(2)], [0.0, 0.5, 1.0]),
            ([Fraction(0), 0.5, Fraction(1)], [0.0, 0.5, 1.0]),
            ([Decimal(0), Fraction(1, 2), 1.0], [0.0, 0.5, 1.0]),
            ([0, Fraction(1, 2), 0.5, 1], [0.0, 0.5, 0.5, 1.0]),
            ([-HUGE, 0.0, HUGE], [0.0, 0.5, 1.0]),
            ([HUGE, HUGE, 0.0], [1.0, 1.0, 0.0]),
            ([0.0, TINY, 2 * TINY], [0.0, 0.5, 1.0]),
            ([2**60, 2**60 + 1, 2**60 + 2], [0.0, 0.5, 1.0]),
        ],
    )
    def test_scales_to_zero_and_one(self, data, expected):
        assert expected == normalize(data)

    @given(st.lists(numbers, min_size=2).map(distinct))
    def test_reaches_the_range_exactly_and_keeps_the_order(self, data):
        result = normalize(data)
        assert {float} == set(map(type, result))
        assert (min(result), max(result)) == (0.0, 1.0)
        assert (result[data.index(min(data))], result[data.index(max(data))]) == (0.0, 1.0)
        ordered = [scaled for _, scaled in sorted(zip(data, result))]
        assert sorted(result) == ordered

    @given(st.lists(finite_floats, min_size=2).map(distinct))
    def test_is_idempotent(self, data):
        once = normalize(data)
        assert once == normalize(once)

    @pytest.mark.parametrize("data", [[], (), iter([]), range(0)])
    def test_refuses_empty_data(self, data):
        with pytest.raises(ValueError, match=r"^Cannot normalize empty data$"):
            normalize(data)

    @pytest.mark.parametrize("data", [[7], [7, 7.0], [0.0, -0.0], [0.1] * 10])
    def test_refuses_identical_values(self, data):
        with pytest.raises(ValueError, match="All values are identical, cannot normalize: each is"):
            normalize(data)

    def test_leaves_its_input_alone(self):
        data = [3, 1.0, Decimal(2)]
        normalize(data)
        assert [3, 1.0, Decimal(2)] == data


class TestStandardize:
    def test_divides_by_the_sample_deviation(self):
        expected = [(x - 5) / statistics.stdev([2, 4, 6, 8]) for x in (2, 4, 6, 8)]
        assert pytest.approx(expected, rel=1e-15) == standardize([2, 4, 6, 8])

    @given(st.lists(st.integers(-(10**6), 10**6), min_size=2).map(distinct))
    def test_agrees_with_exact_arithmetic(self, data):
        mean = Fraction(sum(data), len(data))
        variance = sum((x - mean) ** 2 for x in data) / (len(data) - 1)
        expected = [float(x - mean) / math.sqrt(variance) for x in data]
        assert pytest.approx(expected, rel=1e-12, abs=1e-12) == standardize(data)

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ([890834, 890865, 890804], [-0.010928472264287, 1.0054194483144, -0.99449097605012]),
            ([1.7e18, 1.7e18 + 256], [-math.sqrt(0.5), math.sqrt(0.5)]),
            (
                [1e15 + 0.125, 1e15 + 0.25, 1e15 + 0.5],
                [-0.872871560943, -0.218217890236, 1.09108945118],
            ),
        ],
    )
    def test_a_mean_far_from_zero_costs_no_digits(self, data, expected):
        assert pytest.approx(expected, rel=1e-11) == standardize(data)

    @given(st.lists(finite_floats, min_size=2, max_size=50).map(distinct))
    def test_gives_mean_zero_and_deviation_one_at_any_magnitude(self, data):
        spread = Fraction(max(data)) - Fraction(min(data))
        # The mean itself is a float: not far more than the spread, and not between subnormals.
        assume(spread > Fraction(max(map(abs, data))) / 10**6)
        assume(spread > Fraction(sys.float_info.min))
        # And the deviation is one as well.
        assume(spread < Fraction(sys.float_info.max))
        result = standardize(data)
        assert pytest.approx(0, abs=1e-9) == statistics.fmean(result)
        assert pytest.approx(1, rel=1e-9) == statistics.stdev(result)

    @pytest.mark.parametrize(
        ("data", "like"),
        [
            ([HUGE, -HUGE, 0.0], [1, -1, 0]),
            ([HUGE, HUGE, 0.0], [1, 1, 0]),
            ([HUGE, HUGE, HUGE, HUGE, -HUGE], [1, 1, 1, 1, -1]),
            ([0.0, 5e-324 * 2**20, 5e-324 * 2**21], [0, 1, 2]),
            ([1e-300, 2e-300, 4e-300], [1, 2, 4]),
            ([2**60, 2**60 + 1, 2**60 + 3], [0, 1, 3]),
            ([10**308, -(10**308), 0], [1, -1, 0]),
            ([Fraction(1), 2.0, Fraction(3)], [1, 2, 3]),
            ([1e15, 1e15 + 1, 1e15 + 2], [0, 1, 2]),
            ([Decimal(1), Decimal(2)], [1, 2]),
            ((x for x in (1, 2)), [1, 2]),
        ],
    )
    def test_is_exact_where_naive_formulas_fail(self, data, like):
        assert pytest.approx(standardize(like), rel=1e-15) == standardize(data)

    def test_refuses_empty_data(self):
        with pytest.raises(ValueError, match=r"^Cannot standardize empty data$"):
            standardize([])

    @pytest.mark.parametrize("data", [[7], [7, 7], [0.1] * 10, [HUGE] * 3])
    def test_refuses_zero_deviation(self, data):
        message = r"Standard deviation is zero, cannot standardize: each is"
        with pytest.raises(ValueError, match=message):
            standardize(data)


class TestClipOutliers:
    def test_takes_its_bounds_from_the_data(self):
        result = clip_outliers(range(1, 101), lower_percentile=10, upper_percentile=90)
        assert [10] * 10 + list(range(11, 90)) + [90] * 11 == result
        assert {int} == set(map(type, result))

    @pytest.mark.parametrize(
        ("data", "percentiles", "expected"),
        [
            ([], (5, 95), []),
            ([3], (5, 95), [3]),
            ([1, 2], (0, 100), [1, 2]),
            ([1, 2, 3, 4], (25, 50), [1, 2, 2, 2]),
            ([1, 2, 3, 4], (25.1, 50), [2, 2, 2, 2]),
            ([math.inf, 1, 2, -math.inf], (25, 75), [2, 1, 2, -math.inf]),
            ([Decimal("0.1"), 1, 9.5], (0, 50), [Decimal("0.1"), 1, 1]),
            ((x for x in (1, 2, 3)), (0, 50), [1, 2, 2]),
        ],
    )
    def test_clips_to_nearest_ranks(self, data, percentiles, expected):
        assert expected == clip_outliers(data, *percentiles)

    def test_reads_percentiles_in_decimal(self):
        assert max(clip_outliers(range(1, 10_001), 0, 2.03)) == 203

    @given(st.lists(st.floats(allow_nan=False)), st.integers(0, 99), st.integers(1, 100))
    def test_is_idempotent_and_stays_within_its_bounds(self, data, lower, upper):
        assume(lower < upper)
        once = clip_outliers(data, lower, upper)
        assert once == clip_outliers(once, lower, upper)
        assert set(once) <= set(data)
        assert all(new == old or new in (min(once), max(once)) for new, old in zip(once, data))

    @pytest.mark.parametrize(
        ("lower", "upper"), [(-1, 95), (5, 101), (50, 50), (95, 5), (math.nan, 95), (5, math.nan)]
    )
    def test_refuses_percentiles_out_of_order(self, lower, upper):
        with pytest.raises(ValueError, match=f"lower_percentile={lower}.*upper_percentile={upper}"):
            clip_outliers([1, 2], lower, upper)

    def test_refuses_percentiles_that_are_not_numbers(self):
        with pytest.raises(TypeError, match=r"must be numbers, got '5' \(str\) and 95 \(int\)"):
            clip_outliers([1, 2], "5", 95)


every_function = pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])


@every_function
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2", r"'2' \(str\)"),
        (2j, r"2j \(complex\)"),
        ([2], r"\[2\] \(list\)"),
        (object, "type"),
        ("x" * 100, r"x… \(str\)"),
    ],
)
def test_a_value_that_is_no_number_is_a_type_error_with_its_index(function, value, shown):
    with pytest.raises(TypeError, match=rf"data\[1\] must be a number, got .*{shown}"):
        function([1.0, value, 3.0])


@every_function
@pytest.mark.parametrize("missing", [None, math.nan, Decimal("nan"), Decimal("snan")])
def test_missing_values_are_counted_and_located(function, missing):
    message = (
        r"have no missing values, got 2 at index 1 \(.*\), 3 \(.*\); drop or fill None and NaN"
    )
    with pytest.raises(ValueError, match=message):
        function([1.0, missing, 3.0, missing])


@pytest.mark.parametrize("function", [normalize, standardize])
def test_infinities_are_located(function):
    with pytest.raises(ValueError, match=r"have no infinite values, got 1 at index 1 \(-inf\)"):
        function([1.0, -math.inf, 3.0])
    with pytest.raises(ValueError, match=r"got 7 at index 1 \(inf\), .* 5 \(inf\), …;"):
        function([1.0] + [math.inf] * 7)


@pytest.mark.parametrize("function", [normalize, standardize])
@pytest.mark.parametrize(
    "value",
    [10**400, Fraction(10**400, 3), Decimal("1e400")],
    ids=["int", "Fraction", "Decimal"],
)
def test_a_number_too_large_for_a_float_is_located(function, value):
    with pytest.raises(ValueError, match=r"data\[1\] must fit into a float"):
        function([1.0, value])
    with pytest.raises(ValueError, match=r"data\[1\] must fit into a float"):
        function([1, value])
    with pytest.raises(ValueError, match=r"data\[0\] must fit into a float"):
        function([value, value + 1])


@every_function
@pytest.mark.parametrize("values", [[Decimal(1), None, Decimal(3)], [Fraction(1), None, 10**20]])
def test_propagated_values_are_nan_whatever_the_type(function, values):
    result = function(values, nan_policy="propagate")
    assert result[1] is None
    assert all(math.isnan(value) for value in result[::2])


@every_function
@pytest.mark.parametrize("data", ["123", b"123", bytearray(b"12"), {1: 2}, {1, 2}, 3, None])
def test_data_that_is_no_sequence_is_a_type_error(function, data):
    with pytest.raises(TypeError, match="data must be a sequence of values, got"):
        function(data)


@pytest.mark.parametrize(
    "ends",
    [[0, 2], (Decimal(0), Fraction(2)), np.array([0, 2]), (np.float32(0), np.int8(2))],
    ids=["list", "exact", "array", "scalars"],
)
def test_a_feature_range_is_two_numbers_of_any_kind(ends):
    for kind in (list, np.array):
        result = normalize(kind([1, 2, 3]), feature_range=ends)
        assert [0.0, 1.0, 2.0] == list(result)
    assert {float} == set(map(type, normalize([1, 2, 3], feature_range=ends)))


@pytest.mark.parametrize("ends", [{0, 1}, (0, 10**400), (0, math.nan), (0, math.inf), (1,), "01"])
def test_what_is_no_range_is_refused(ends):
    with pytest.raises(ValueError, match="feature_range must be two finite numbers in order"):
        normalize([1, 2, 3], feature_range=ends)


@pytest.mark.usefixtures("numpy_or_not")
def test_long_integers_beside_a_float_are_clipped_as_they_are():
    start = 2**60
    data = [start + i % 50 for i in range(400)]
    data[7] = 0.0
    clipped = clip_outliers(data, 10, 90)
    assert [4, 4, 44] == [clipped[i] - start for i in (0, 1, 49)]
