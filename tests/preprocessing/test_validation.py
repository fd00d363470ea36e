"""The checks that answer with a bool."""

from __future__ import annotations

import itertools
import math
from collections import Counter, deque
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import (
    check_data_types,
    check_missing_values,
    clip_outliers,
    normalize,
    standardize,
    summarize,
    validate_range,
)


class NA:
    """Compares like `pandas.NA`."""

    def __ne__(self, other):
        return self

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


class Vector:
    """Compares like an array."""

    def __ne__(self, other):
        return Vector()

    def __bool__(self):
        raise ValueError("ambiguous")


@pytest.mark.parametrize("missing", [None, math.nan, Decimal("nan"), Decimal("snan"), NA()])
def test_a_missing_value_is_seen_at_any_place(missing):
    for place in range(3):
        data = [1, "two", 3.0]
        data[place] = missing
        assert check_missing_values(data) is True
        assert check_missing_values(iter(data)) is True


@pytest.mark.parametrize("data", [[], [1, "", 0, False, math.inf], [Vector()]])
def test_other_values_are_not_missing(data):
    assert check_missing_values(data) is False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], True),
        ([0, 5.0, 10], True),
        (range(11), True),
        ((x for x in [0, 11]), False),
        ([-1e-300], False),
        ([Decimal("10.0000001")], False),
        ([None], False),
        ([math.nan], False),
        ([math.inf], False),
        ([11, "not looked at"], False),
    ],
)
def test_the_range_is_closed(data, expected):
    assert validate_range(data, 0, 10) is expected


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_data_lies_within_its_own_extremes(data):
    assert validate_range(data, min(data), max(data))
    assert not validate_range([*data, math.nan], min(data), max(data))


def test_an_infinite_range_is_allowed():
    assert validate_range([1e308, math.inf], 0, math.inf)


@pytest.mark.parametrize(
    ("low", "high", "error", "message"),
    [
        (2, 1, ValueError, "min_val=2 and max_val=1"),
        (math.nan, 1, ValueError, "min_val must be a number, got nan"),
        (0, None, TypeError, r"max_val must be a number, got None"),
        ("0", 1, TypeError, r"min_val must be a number, got '0' \(str\)"),
    ],
)
def test_bounds_must_be_numbers_in_order(low, high, error, message):
    with pytest.raises(error, match=message):
        validate_range([1], low, high)


def test_a_range_of_what_is_no_number_is_a_type_error():
    with pytest.raises(TypeError, match=r"data\[1\] must be a number, got 'a' \(str\)"):
        validate_range([1, "a"], 0, 10)


@pytest.mark.parametrize(
    ("data", "expected_type", "expected"),
    [
        ([], int, True),
        ([1, 2], int, True),
        ([1, True], int, True),
        ([1, 2.0], int, False),
        ([1, 2.0], (int, float), True),
        ([1, None], int, False),
        ((x for x in "ab"), str, True),
    ],
)
def test_types_are_checked_as_isinstance_does(data, expected_type, expected):
    assert check_data_types(data, expected_type) is expected


@pytest.mark.parametrize("data", [[], [1]])
def test_an_expected_type_that_is_none_is_refused(data):
    with pytest.raises(TypeError, match=r"expected_type must be a type .* got 'int'"):
        check_data_types(data, "int")


@pytest.mark.parametrize(
    "check",
    [
        check_missing_values,
        lambda data: validate_range(data, 0, 1),
        lambda data: check_data_types(data, str),
    ],
)
@pytest.mark.parametrize("data", ["abc", b"abc", {"a": 1}, 5])
def test_data_that_is_no_sequence_is_a_type_error(check, data):
    with pytest.raises(TypeError, match="data must be a sequence of values, got"):
        check(data)


@pytest.mark.parametrize(
    ("check", "first"),
    [
        (check_missing_values, None),
        (lambda data: not validate_range(data, 0, 1), 2),
        (lambda data: not check_data_types(data, int), "a"),
    ],
)
def test_an_iterator_is_taken_to_the_first_finding_only(check, first):
    endless = itertools.chain([1, first], itertools.repeat(1))
    assert check(endless) is True
    assert 1 == next(endless)


def test_a_bound_is_not_rounded_to_a_narrow_type():
    narrow = np.array([0.1], np.float32)
    assert validate_range(narrow.tolist(), 0, 0.1) is validate_range(narrow, 0, 0.1) is False
    assert validate_range(narrow, 0, float(narrow[0]))


@pytest.mark.parametrize(
    "data",
    [{"a": 1}.keys(), {"a": 1}.items(), MappingProxyType({"a": 1}), frozenset([1]), Counter("a")],
)
def test_what_has_no_order_of_values_is_no_sequence(data):
    for function in (check_missing_values, normalize, clip_outliers, summarize):
        with pytest.raises(TypeError, match="data must be a sequence of values, got"):
            function(data)


@pytest.mark.parametrize("data", [{"a": 1, "b": 2}.values(), memoryview(b"ab"), deque([1, 2])])
def test_what_has_an_order_of_values_is_a_sequence(data):
    assert [0.0, 1.0] == normalize(data)
    assert check_data_types(data, int)


def test_an_error_of_the_caller_s_own_iterator_comes_through():
    def values():
        yield 1
        raise TypeError("of the caller")

    for function in (check_missing_values, normalize, standardize, clip_outliers, summarize):
        with pytest.raises(TypeError, match=r"^of the caller$"):
            function(values())
