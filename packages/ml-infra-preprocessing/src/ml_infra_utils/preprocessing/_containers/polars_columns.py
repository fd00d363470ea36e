"""The columns of a frame of Polars."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ml_infra_utils.preprocessing._containers.columns import (
    Block,
    Columns,
    by_type,
    kind_of_numbers,
    run,
    together,
)
from ml_infra_utils.preprocessing._limits import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ml_infra_utils.preprocessing._containers.columns import Written

_KNOWN_TO_NUMPY: dict[Any, np.dtype] = {
    getattr(pl, name): np.dtype(name.lower())
    for name in (
        *("Float32", "Float64"),
        *("Int8", "Int16", "Int32", "Int64"),
        *("UInt8", "UInt16", "UInt32", "UInt64"),
    )
}


def columns_of(data: Any) -> tuple[Columns, bool, Callable[[Any], Any]] | None:
    """Return the columns of what came in, whether it is a series, and how it comes back."""
    if isinstance(data, pl.DataFrame):
        return PolarsColumns(data), False, lambda frame: frame
    if isinstance(data, pl.Series):
        return PolarsColumns(data.to_frame()), True, lambda frame: frame.to_series(0)
    return None


class PolarsColumns(Columns):
    """The columns of a frame of Polars."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.names, self.rows = frame.columns, len(frame)
        # The types of numbers but decimals have no parameters, and classes are compared sooner.
        self._types: list[Any] = list(map(type, frame.dtypes))
        numeric = {each for each in set(self._types) if each.is_numeric()}
        self.numeric = [place for place, each in enumerate(self._types) if each in numeric]

    def blocks(self, places: Sequence[int]) -> list[Block]:
        groups = by_type(places, self._types)
        is_all = len(groups) == 1 and len(places) == len(self.names)
        if is_all and self._types[0] in _KNOWN_TO_NUMPY:
            with suppress(RuntimeError):  # the columns do not lie one after the other in memory
                whole = self.frame.to_numpy(allow_copy=False)
                return [Block(places, whole.dtype, None, lambda _: (whole, None), len(places))]
        return [
            Block(
                some,
                _KNOWN_TO_NUMPY.get(each, np.dtype(float)),
                None,
                self._integers if each.is_integer() else self._floats,
                together(self.rows),
            )
            for each, some in groups.items()
        ]

    def column(self, place: int) -> Any:
        return self.frame.to_series(place)

    def nulls(self, places: Sequence[int]) -> Any:
        return self._some(places).select(pl.all().is_null()).to_numpy()

    def is_nested(self, place: int) -> Any:
        return self._types[place].is_nested()

    def value(self, place: int, row: int) -> Any:
        return self.frame[row, place]

    def listed(self, place: int) -> Any:
        return self.column(place).to_list()

    def kind(self, place: int) -> str:
        each = self._types[place]
        return kind_of_numbers(each, _empty) if each in _KNOWN_TO_NUMPY else super().kind(place)

    def replaced(self, written: Sequence[Written]) -> pl.DataFrame:
        columns = self.frame.get_columns()
        for places, _, values in written:
            olds = [columns[place] for place in places]
            for place, old, new in zip(places, olds, _series(values, olds)):
                columns[place] = new.alias(old.name)
        return pl.DataFrame(columns)

    def _some(self, places: Sequence[int]) -> Any:
        if len(places) == len(self.names):
            return self.frame
        return self.frame[:, run(places) or list(places)]

    def _floats(self, places: Sequence[int]) -> tuple[np.ndarray, None]:
        if len(places) == 1:  # without a copy
            column = self.column(places[0])
            known = type(column.dtype) in _KNOWN_TO_NUMPY
            return (column if known else column.cast(pl.Float64)).to_numpy()[:, None], None
        frame = self._some(places)
        known = self._types[places[0]] in _KNOWN_TO_NUMPY
        return (frame if known else frame.cast(pl.Float64)).to_numpy(), None

    def _integers(self, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray | None]:
        if not any(self.column(place).null_count() for place in places):
            return self._floats(places)
        filled = self._some(places).fill_null(0)
        return filled.to_numpy(), self.nulls(places)


def _empty(dtype: Any) -> pl.Series:
    return pl.Series("", [], dtype)


def _series(values: np.ndarray, olds: Sequence[pl.Series]) -> Iterator[pl.Series]:
    """Yield each column of values as a series, null where the old one is."""
    rows, nulls = len(values), [old.null_count() for old in olds]
    whole = np.ascontiguousarray(values.T)
    # A series shares the memory of an array, and slices of one are made faster than each alone.
    flat = pl.Series("", whole.reshape(-1))
    together = max(1, BLOCK // max(1, rows))
    for start in range(0, len(olds), together):
        some, counts = olds[start : start + together], nulls[start : start + together]
        piece = flat.slice(start * rows, len(some) * rows)
        news = whole[start : start + together]
        # Nulls are NaN here. Where there is no other NaN, each can be made a null again.
        if any(counts) and news.dtype.kind == "f" and sum(counts) == np.isnan(news).sum():
            piece, counts = piece.fill_nan(None), [0] * len(some)
        for i, (old, count) in enumerate(zip(some, counts)):
            new = piece.slice(i * rows, rows)
            yield new.set(old.is_null(), None) if count else new
