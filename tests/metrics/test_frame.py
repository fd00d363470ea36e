"""ConfusionMatrix.from_frame: one GROUP BY on any table narwhals knows."""

from __future__ import annotations

import math
from typing import Any, Callable

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import ConfusionMatrix

FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "narwhals": lambda data: nw.from_native(pl.DataFrame(data)),
}
frame = pytest.mark.parametrize("frame", list(FRAMES.values()), ids=list(FRAMES))

DATA: dict[str, list[Any]] = {
    "guess": ["a", "b", "b", "a", "c", "a"],
    "truth": ["a", "a", "b", "a", "c", "b"],
    "score": [0.5, 2.0, 1.0, 0.25, 1.0, 0.0],
    "country": ["it", "de", "it", "it", None, "de"],
    "version": [1, 1, 2, 1, 2, 2],
}
Make = Callable[[Any], Any]


@frame
def test_the_whole_table(frame: Make) -> None:
    matrix = ConfusionMatrix.from_frame(frame(DATA), "guess", "truth")
    assert ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"]) == matrix
    assert all(type(name) is str for name in matrix.classes)


@frame
def test_integer_classes_are_python_integers(frame: Make) -> None:
    matrix = ConfusionMatrix.from_frame(frame(DATA), "version", "version")
    assert "(1, 2)" == repr(matrix.classes)


@frame
def test_a_slice_for_each_value(frame: Make) -> None:
    slices = ConfusionMatrix.from_frame(frame(DATA), "guess", "truth", by="country")
    assert {"it", "de", None} == set(slices)
    assert ConfusionMatrix.from_predictions(["a", "b", "a"], ["a", "b", "a"]) == slices["it"]
    whole = ConfusionMatrix.from_frame(frame(DATA), "guess", "truth")
    assert whole == sum(slices.values(), ConfusionMatrix())


@frame
def test_a_slice_for_each_pair_of_values_in_order(frame: Make) -> None:
    data = {name: column[:4] for name, column in DATA.items()}
    slices = ConfusionMatrix.from_frame(frame(data), "guess", "truth", by=["country", "version"])
    assert [("de", 1), ("it", 1), ("it", 2)] == list(slices)


@frame
def test_weights_are_summed(frame: Make) -> None:
    matrix = ConfusionMatrix.from_frame(frame(DATA), "guess", "truth", sample_weight="score")
    expected = ConfusionMatrix.from_predictions(
        DATA["guess"], DATA["truth"], sample_weight=DATA["score"]
    )
    assert expected == matrix


@frame
def test_declared_classes_keep_their_order(frame: Make) -> None:
    matrix = ConfusionMatrix.from_frame(
        frame(DATA), "guess", "truth", classes=["c", "b", "a", "never"]
    )
    assert ("c", "b", "a", "never") == matrix.classes


@frame
def test_an_empty_table(frame: Make) -> None:
    empty = frame({"guess": DATA["guess"][:0], "truth": DATA["truth"][:0]})
    assert ConfusionMatrix() == ConfusionMatrix.from_frame(empty, "guess", "truth")


@frame
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"predictions": "gess"},
            r"predictions must name one of the columns 'guess', .* got 'gess' .*mean 'guess'",
        ),
        ({"labels": "gess"}, r"labels must name one of the columns .* got 'gess'"),
        ({"by": ["country", "city"]}, r"by\[1\] must name one of the columns .* got 'city'"),
        ({"sample_weight": "w"}, r"sample_weight must name one of the columns .* got 'w'"),
        ({"labels": "country"}, r"column 'country' must have no missing values, got them in 1 row"),
        ({"labels": "score"}, r"column 'score', in \d rows?, must be a class, got 0\.\d+"),
        ({"classes": ["a", "b"]}, "labels must be among the classes 'a', 'b', got 'c'"),
    ],
)
def test_wrong_columns_are_refused(frame: Make, options: dict[str, Any], message: str) -> None:
    arguments = {"predictions": "guess", "labels": "truth", **options}
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix.from_frame(frame(DATA), **arguments)


@frame
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1.0], "column 'w' must hold weights of at least 0, got -1.0"),
        ([1.0, None], r"column 'w' must have no missing weights, got them in 1 row"),
        ([1.0, math.inf], "column 'w' must hold finite weights, got a sum of inf"),
    ],
)
def test_wrong_weights_are_refused(frame: Make, weights: list[Any], message: str) -> None:
    table = frame({"p": [1, 0], "y": [1, 0], "w": weights})
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix.from_frame(table, "p", "y", sample_weight="w")


def test_missing_classes_of_pandas_are_refused() -> None:
    table = pd.DataFrame({"p": [1.0, math.nan], "y": [1, 0]})
    with pytest.raises(ValueError, match=r"column 'p'.* (missing|nan)"):
        ConfusionMatrix.from_frame(table, "p", "y")


def test_something_else_than_a_table_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"frame must be a data frame or a table .* got {.*\(dict\)"
    ):
        ConfusionMatrix.from_frame(DATA, "guess", "truth")


@frame
def test_a_missing_slice_comes_last(frame: Make) -> None:
    table = frame({"p": [1] * 4, "y": [1] * 4, "c": [10, None, 2, 1]})
    assert [1, 2, 10, None] == list(ConfusionMatrix.from_frame(table, "p", "y", by="c"))


@frame
def test_weights_that_are_text_are_refused(frame: Make) -> None:
    table = frame({"p": [1], "y": [1], "w": ["x"]})
    with pytest.raises(
        TypeError, match="sample_weight must name a column of numbers, got 'w', which is of"
    ):
        ConfusionMatrix.from_frame(table, "p", "y", sample_weight="w")


@frame
def test_whole_weights_do_not_overflow(frame: Make) -> None:
    n = 3000  # the sum is no int64
    table = frame({"p": [1] * n, "y": [1] * n, "w": [2**60] * n})
    assert n * 2**60 == ConfusionMatrix.from_frame(table, "p", "y", sample_weight="w").total


@frame
def test_values_that_cannot_be_classes_are_refused_with_their_column(frame: Make) -> None:
    table = frame({"p": [[1]], "y": [1]})
    with pytest.raises(TypeError, match=r"column 'p' must hold classes, got values of type "):
        ConfusionMatrix.from_frame(table, "p", "y")


def test_slices_of_several_types_are_sorted_by_type() -> None:
    table = pd.DataFrame({"p": [1] * 3, "y": [1] * 3, "c": ["b", 1, "a"]})
    assert [1, "a", "b"] == list(ConfusionMatrix.from_frame(table, "p", "y", by="c"))
