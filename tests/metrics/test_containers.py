"""Equal data give equal matrices and scores, whatever container they come in."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import Any, Callable, Iterator

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    accuracy,
    compare,
    f1_score,
    mean_absolute_error,
    precision,
    roc_auc,
)

if sys.version_info >= (3, 9):
    import array_api_strict as strict
else:  # array_api_strict is not published for Python 3.8; NumPy stands in, without devices
    strict = SimpleNamespace(
        asarray=lambda values, **_: np.asarray(values),
        zeros=np.zeros,
        Device=lambda name: name,
    )

INTEGERS = {
    "tuple": tuple,
    "generator": iter,
    "range-like": lambda values: (value for value in values),
    "numpy scalars": lambda values: list(np.array(values)),
    "int8": lambda values: np.array(values, dtype=np.int8),
    "uint64": lambda values: np.array(values, dtype=np.uint64),
    "big-endian": lambda values: np.array(values, dtype=">i4"),
    "float32": lambda values: np.array(values, dtype=np.float32),
    "object": lambda values: np.array(values, dtype=object),
    "strided": lambda values: np.repeat(np.array(values), 2)[::2],
    "read-only": lambda values: _read_only(np.array(values)),
    "masked": np.ma.array,
    "array_api_strict": lambda values: strict.asarray(values),
    "array_api_strict device": lambda values: strict.asarray(
        values, device=strict.Device("device1")
    ),
    "pandas": pd.Series,
    "pandas Int64": lambda values: pd.Series(values, dtype="Int64"),
    "pandas categorical": lambda values: pd.Series(values, dtype="category"),
    "pandas index": pd.Index,
    "polars": pl.Series,
    "narwhals": lambda values: nw.from_native(pl.Series(values), series_only=True),
    "pyarrow": pa.array,
    "pyarrow chunked": lambda values: pa.chunked_array([values[:1], values[1:]]),
    "pyarrow scalars": lambda values: list(pa.array(values)),
    "pyarrow dictionary": lambda values: pa.array(values).dictionary_encode(),
}
if hasattr(pl, "Int128"):
    INTEGERS["polars Int128"] = lambda values: pl.Series(values, dtype=pl.Int128)
BOOLEAN_CONTAINERS = ("object", "strided", "array_api_strict device", "pandas", "polars", "pyarrow")
STRINGS = {
    "tuple": tuple,
    "pyarrow scalars": lambda values: list(pa.array(values)),
    "numpy": np.array,
    "numpy scalars": lambda values: list(np.array(values)),
    "object": lambda values: np.array(values, dtype=object),
    "pandas": pd.Series,
    "pandas string": lambda values: pd.Series(values, dtype="string"),
    "pandas categorical": lambda values: pd.Series(values, dtype="category"),
    "polars": pl.Series,
    "polars categorical": lambda values: pl.Series(values, dtype=pl.Categorical),
    "pyarrow": pa.array,
    "pyarrow dictionary": lambda values: pa.array(values).dictionary_encode(),
}


def _read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def by_id(containers: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("container", list(containers.values()), ids=list(containers))


def cycle(values: list[Any], n: int) -> list[Any]:
    return [values[(i * i + i // 3) % len(values)] for i in range(n)]


@by_id(INTEGERS)
@pytest.mark.parametrize("n", [7, 1000])
def test_integers(container: Callable[[Any], Any], n: int) -> None:
    predictions, labels = cycle([0, 1, 2, 5], n), cycle([1, 2, 0, 1, 5, 5, 0], n)
    expected = ConfusionMatrix.from_predictions(predictions, labels)
    matrix = ConfusionMatrix.from_predictions(container(predictions), container(labels))
    assert expected == matrix
    assert all(type(name) is int for name in matrix.classes)
    assert expected.accuracy() == accuracy(container(predictions), container(labels))
    assert expected.f1_score(5) == f1_score(container(predictions), container(labels), 5)
    assert compare(labels, predictions, labels) == compare(
        container(labels), container(predictions), container(labels)
    )


@by_id(INTEGERS)
@pytest.mark.parametrize("n", [7, 1000])
def test_containers_mix_with_lists(container: Callable[[Any], Any], n: int) -> None:
    predictions, labels = cycle([0, 1, 2, 5], n), cycle([1, 2, 0, 1, 5, 5, 0], n)
    expected = ConfusionMatrix.from_predictions(predictions, labels)
    assert expected == ConfusionMatrix.from_predictions(container(predictions), labels)
    assert expected == ConfusionMatrix.from_predictions(predictions, container(labels))
    assert expected.accuracy() == accuracy(container(predictions), labels)


@by_id(INTEGERS)
def test_weights(container: Callable[[Any], Any]) -> None:
    predictions, labels = cycle([0, 1, 2, 5], 50), cycle([1, 2, 0, 1, 5, 5, 0], 50)
    weights = [i / 7 for i in range(50)]
    expected = ConfusionMatrix.from_predictions(predictions, labels, sample_weight=weights)
    for sample_weight in (weights, np.array(weights), pl.Series(weights)):
        assert expected == ConfusionMatrix.from_predictions(
            container(predictions), container(labels), sample_weight=sample_weight
        )


@by_id(STRINGS)
def test_strings(container: Callable[[Any], Any]) -> None:
    predictions, labels = cycle(["a", "b", "c"], 300), cycle(["b", "a", "a", "c"], 300)
    expected = ConfusionMatrix.from_predictions(predictions, labels)
    matrix = ConfusionMatrix.from_predictions(container(predictions), container(labels))
    assert expected == matrix
    assert all(type(name) is str for name in matrix.classes)
    assert expected.accuracy() == accuracy(container(predictions), container(labels))


@pytest.mark.parametrize("n", [7, 1000])
@by_id({"list": list, **{name: INTEGERS[name] for name in BOOLEAN_CONTAINERS}})
def test_booleans_stay_booleans(container: Callable[[Any], Any], n: int) -> None:
    predictions, labels = cycle([True, False, True], n), cycle([False, True], n)
    matrix = ConfusionMatrix.from_predictions(container(predictions), container(labels))
    assert "(False, True)" == repr(matrix.classes)
    assert precision(predictions, labels) == precision(container(predictions), container(labels))


RANGES: list[Any] = [
    range(2),
    range(16),
    range(17),
    range(100),
    range(-3, 3),
    [-128, 127],
    [5, 30000],
    range(0, 3000, 3),
    [-(2**62), 0, 2**62],
]
HELD = [
    (classes, dtype)
    for classes in RANGES
    for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.int64)
    if np.iinfo(dtype).min <= min(classes) and max(classes) <= np.iinfo(dtype).max
]


@pytest.mark.parametrize(("classes", "dtype"), HELD, ids=str)
@pytest.mark.parametrize("n", [1, 1000])
def test_any_range_of_integers(classes: Any, n: int, dtype: Any) -> None:
    check_counts(np.array(classes, dtype), n)


@pytest.mark.parametrize("width", [17, 300, 1023])
def test_many_examples_of_many_classes(width: int) -> None:
    check_counts(np.arange(width), 70_001)


def check_counts(classes: Any, n: int) -> None:
    generator = np.random.default_rng(n)
    predictions, labels = (generator.choice(classes, n) for _ in range(2))
    matrix = ConfusionMatrix.from_predictions(predictions, labels)
    expected = Counter(zip(labels.tolist(), predictions.tolist()))
    assert n == matrix.total
    assert all(times == matrix[pair] for pair, times in expected.items())


@pytest.mark.parametrize("n", [1 << 18, (1 << 19) + 1])
@pytest.mark.parametrize("dtype", [np.int8, np.int64, bool])
def test_long_arrays_of_few_classes(n: int, dtype: Any) -> None:
    generator = np.random.default_rng(0)
    predictions, labels = (generator.integers(0, 16, n).astype(dtype) for _ in range(2))
    matrix = ConfusionMatrix.from_predictions(predictions, labels)
    blocks = [slice(start, start + 50_000) for start in range(0, n, 50_000)]
    parts = [ConfusionMatrix.from_predictions(predictions[b], labels[b]) for b in blocks]
    assert sum(parts, ConfusionMatrix()) == matrix


def test_unsigned_integers_beyond_int64() -> None:
    top = np.array([2**64 - 1, 0], dtype=np.uint64)
    assert (0, 2**64 - 1) == ConfusionMatrix.from_predictions(top, top).classes
    assert 0 == ConfusionMatrix.from_predictions(top[:0], top[:0]).total


def test_whole_floats_beyond_int64() -> None:
    top = np.array([2.0**63, 0.0])
    assert (0, 2**63) == ConfusionMatrix.from_predictions(top, top).classes
    assert 1.0 == accuracy(top, top)


def test_device_arrays_whose_range_is_too_wide_for_codes() -> None:
    device = strict.Device("device1")
    values = [-(2**62), 0, 2**62]
    wide = strict.asarray(values, device=device)
    expected = ConfusionMatrix.from_predictions(values, values)
    assert expected == ConfusionMatrix.from_predictions(wide, wide)
    assert ConfusionMatrix() == ConfusionMatrix.from_predictions(wide[:0], wide[:0])


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


@pytest.mark.parametrize(
    ("values", "got"),
    [
        (np.zeros((2, 3)), r"an array of shape \(2, 3\)"),
        (np.array(1), r"an array of shape \(\)"),
        (strict.zeros((2, 3)), r"an array of shape \(2, 3\)"),
        (pd.DataFrame({"a": [1]}), "a data frame"),
        (pl.DataFrame({"a": [1]}), "a data frame"),
    ],
)
def test_two_dimensions_where_one_is_meant(values: Any, got: str) -> None:
    with pytest.raises(ValueError, match=f"predictions must be one-dimensional, got {got}"):
        ConfusionMatrix.from_predictions(values, [0, 1])


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


def test_arguments_are_not_changed() -> None:
    labels = np.array([3, -1, 3])
    before = labels.copy()
    ConfusionMatrix.from_predictions(
        _read_only(labels), labels, sample_weight=_read_only(labels + 1)
    )
    np.testing.assert_array_equal(before, labels)


def test_lists_and_numpy_need_neither_narwhals_nor_array_api_compat() -> None:
    program = (
        "import sys, ml_infra_utils.metrics as m;"
        "m.f1_score([1, 0], [1, 0]); assert 'numpy' not in sys.modules;"
        "import numpy as np; m.f1_score(np.array([1, 0]), np.array([1, 0]));"
        "m.accuracy(np.array([1, 0]), [1, 0]);"
        "assert not {'narwhals', 'array_api_compat', 'pandas', 'polars'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_long_lists_without_numpy() -> None:
    program = (
        "import sys; from ml_infra_utils.metrics import ConfusionMatrix;"
        "m = ConfusionMatrix.from_predictions([0, 1, 2] * 200, [1, 1, 2] * 200);"
        "assert m.counts == ((0, 0, 0), (200, 200, 0), (0, 0, 200)) and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


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


def test_half_precision() -> None:
    halves = np.array([0, 1, 1], "f2")
    expected = ConfusionMatrix.from_predictions([0, 1, 1], [0, 1, 1])
    assert expected == ConfusionMatrix.from_predictions(halves, halves)
    assert 1.0 == accuracy(halves, halves)


@pytest.mark.parametrize("values", [{1: 2}.keys(), {1: 2}.items(), MappingProxyType({1: 2}), {1}])
def test_what_has_no_order_is_refused(values: Any) -> None:
    with pytest.raises(
        TypeError,
        match="predictions must be a sequence of classes, one for each example in order, got a",
    ):
        accuracy(values, [1])


def test_values_of_a_dict_are_iterated() -> None:
    assert 0.5 == accuracy({"a": 1, "b": 0}.values(), [1, 1])


def test_the_error_of_a_generator_comes_through() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        accuracy(broken(), [1])


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


@pytest.mark.parametrize("device", [None, strict.Device("device1")])
def test_unsigned_integers_beyond_int64_on_a_device(device: Any) -> None:
    values = strict.asarray([2**63, 1], dtype=getattr(strict, "uint64", np.uint64), device=device)
    assert (1, 2**63) == ConfusionMatrix.from_predictions(values, values).classes


def test_unsigned_integers_around_the_end_of_int64() -> None:
    values = np.array([2**63, 2**63 - 1], "u8")
    assert (2**63 - 1, 2**63) == ConfusionMatrix.from_predictions(values, values).classes


def test_classes_may_be_an_array() -> None:
    classes = strict.asarray([2, 1])
    assert (2, 1) == ConfusionMatrix.from_predictions([1], [2], classes=classes).classes


def test_comparisons_see_every_digit() -> None:
    a, labels = np.array([2.0**53]), np.array([2**53 + 1])
    assert 0 == compare(a, labels, labels).both_right


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
