"""Equal data give equal matrices and scores, whatever container they come in."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from types import MappingProxyType
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
    precision,
)
from tests.metrics.columns import cycle, strict

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


@pytest.mark.parametrize("device", [None, strict.Device("device1")])
def test_unsigned_integers_beyond_int64_on_a_device(device: Any) -> None:
    values = strict.asarray([2**63, 1], dtype=strict.uint64, device=device)
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
