"""Which values are classes, and where those that are not are said to be."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    accuracy,
    mean_absolute_error,
    precision,
    roc_auc,
)
from tests.metrics.columns import cycle, strict


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([0.0, math.nan]), r"predictions\[1\] must be a class, got nan"),
        (np.array([0.0, 0.5]), r"predictions\[1\] must be a class, got 0\.5"),
        (np.array([0.0, math.inf]), r"predictions\[1\] must be a class, got inf"),
        (
            pd.Series([0.0, math.nan]),
            r"predictions must have no missing values, got one at index 1",
        ),
        (
            pd.Series([1, None], dtype="Int64"),
            r"predictions must have no missing values, got one at index 1",
        ),
        (pd.Series(["a", None]), r"predictions must have no missing values, got one at index 1"),
        (pl.Series([1, None]), r"predictions must have no missing values, got one at index 1"),
        (pl.Series([0.0, math.nan]), r"predictions\[1\] must be a class, got nan"),
        (pa.array([1, None]), r"predictions must have no missing values, got one at index 1"),
        (
            np.ma.array([1, 2], mask=[False, True]),
            r"predictions must have no missing values, got one at index 1",
        ),
        ([1, pd.NA], r"predictions\[1\] must be a class, got <NA>"),
        ([1, pd.NaT], r"predictions\[1\] must be a class, got NaT"),
        ([1, np.float32("nan")], r"predictions\[1\] must be a class, got nan"),
        ([1, (1, math.nan)], r"predictions\[1\] must be a class, got \(1, nan\)"),
        (strict.asarray([0.0, 0.5]), r"predictions\[1\] must be a class, got 0\.5"),
        (
            strict.asarray([0.0, 0.5], device=strict.Device("device1")),
            r"predictions\[1\] must be a class, got ",
        ),
    ],
)
def test_missing_values_and_scores_are_refused_with_their_place(values: Any, message: str) -> None:
    for score in (ConfusionMatrix.from_predictions, accuracy, precision):
        with pytest.raises(ValueError, match=message):
            score(values, [0, 1])


def test_a_list_of_arrays_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"predictions\[0\] must be a class, which is hashable, got array"
    ):
        ConfusionMatrix.from_predictions([np.array(1)], [1])
    with pytest.raises(
        TypeError, match=r"predictions\[0\] must be one class, got a Tensor of several values"
    ):
        ConfusionMatrix.from_predictions([Tensor(0, ndim=1)], [1])


class Tensor:
    """Like PyTorch's: hashed by identity, an index if it holds one value."""

    def __init__(self, value: int, ndim: int = 0) -> None:
        self.value, self.ndim = value, ndim

    def __array__(self) -> Any: ...

    def __index__(self) -> int:
        return self.value

    item = __index__


@pytest.mark.parametrize("n", [6, 300])
def test_lists_of_tensors_of_one_value(n: int) -> None:
    values = cycle([0, 1, 2], n)
    matrix = ConfusionMatrix.from_predictions([Tensor(value) for value in values], values)
    assert ConfusionMatrix.from_predictions(values, values) == matrix
    assert all(type(name) is int for name in matrix.classes)


@pytest.mark.parametrize("n", [2, 300])
@pytest.mark.parametrize("container", [list, tuple, np.array])
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_moments_of_numpy_are_datetimes(container: Any, unit: str, n: int) -> None:
    moments = cycle([datetime(2020, 1, 1), datetime(2020, 1, 2)], n)
    scalars = container([np.datetime64(moment, unit) for moment in moments])
    expected = ConfusionMatrix.from_predictions(moments, moments)
    assert expected == ConfusionMatrix.from_predictions(scalars, scalars)
    assert expected == ConfusionMatrix.from_predictions(pd.Series(moments), pd.Series(moments))


def test_moments_that_python_cannot_hold_are_refused() -> None:
    finer = np.array(["2020-01-01T00:00:00.000000001"], "M8[ns]")
    with pytest.raises(
        ValueError, match=r"predictions\[0\] must be a moment of whole microseconds"
    ):
        ConfusionMatrix.from_predictions(finer, [1])
    for missing in (np.array(["NaT"], "M8[D]"), [np.timedelta64("NaT", "s")]):
        with pytest.raises(ValueError, match=r"predictions\[0\] must be a class, got .*NaT.*"):
            ConfusionMatrix.from_predictions(missing, [1])


class Odd:
    """Equal as its answer says."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __eq__(self, other: object) -> Any:
        return self.answer

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize("n", [1, 300])
def test_objects_without_an_equality_of_their_own_are_equal_to_themselves(n: int) -> None:
    one, other = Odd(NotImplemented), Odd(NotImplemented)
    assert 1.0 == accuracy([one] * n, [one] * n)
    assert 0.0 == accuracy([one] * n, [other] * n)


@pytest.mark.parametrize("n", [1, 300])
def test_objects_whose_equality_is_no_truth_value_are_no_classes(n: int) -> None:
    values = [Odd(np.array([True, False]))] * n
    for score in (accuracy, precision, ConfusionMatrix.from_predictions):
        with pytest.raises(ValueError, match=r"predictions\[0\] must be a class, got .*Odd.*"):
            score(values, values)


@pytest.mark.parametrize("n", [3, 300])
def test_floats_of_numpy_in_lists_are_whole_classes(n: int) -> None:
    values = cycle([0, 1, 2], n)
    matrix = ConfusionMatrix.from_predictions(list(map(np.float64, values)), values)
    assert ConfusionMatrix.from_predictions(values, values) == matrix
    assert 1.0 == accuracy(list(map(np.float64, values)), values)
    assert all(type(name) is int for name in matrix.classes)


@pytest.mark.parametrize(
    "score",
    [Decimal("0.7"), Fraction(1, 2), 0.5 + 0j, Decimal("Infinity"), np.complex64(1j)],
    ids=str,
)
def test_numbers_that_are_not_whole_are_no_classes(score: Any) -> None:
    with pytest.raises(ValueError, match=r"predictions\[1\] must be a class, got .*; turn scores"):
        accuracy([1, score], [1, 1])


def test_whole_numbers_are_integers() -> None:
    values = [Decimal(2), Fraction(2), 2.0, np.float32(2)]
    assert "(2,)" == repr(ConfusionMatrix.from_predictions(values, values).classes)


@pytest.mark.parametrize("n", [2, 300])
def test_the_first_value_that_is_no_class_is_the_one_reported(n: int) -> None:
    for _ in range(20):  # the hash of nan is another for each
        with pytest.raises(ValueError, match=r"predictions\[0\] must be a class, got nan"):
            accuracy([float("nan"), math.inf] * (n // 2), [1, 1] * (n // 2))


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2], dtype="timedelta64[s]"),
        pd.Series(pd.to_timedelta([1, 2], unit="s")),
        pl.Series([timedelta(1), timedelta(2)]),
        [pd.NA, 1.0],
        [object(), 1.0],
    ],
    ids=["numpy", "pandas", "polars", "NA", "object"],
)
def test_what_is_no_number_is_refused_by_its_name_and_place(values: Any) -> None:
    for score in (mean_absolute_error, roc_auc):
        with pytest.raises(TypeError, match=r"must hold numbers, got .* at index 0"):
            score(values, [1, 0])


def test_a_scalar_of_pyarrow_without_a_value_is_no_class() -> None:
    with pytest.raises(ValueError, match=r"predictions\[0\] must be a class, got nan"):
        accuracy(list(pa.array([None, "a"])), ["a", "a"])
