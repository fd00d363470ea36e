"""The container of a frame or a series in memory: columns of one type go through NumPy together."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from ml_infra_utils.preprocessing._containers.base import Container, named_columns
from ml_infra_utils.preprocessing._containers.chosen_columns import chosen_columns, refuse_nested
from ml_infra_utils.preprocessing._containers.columns import PLAIN, Written, run, together
from ml_infra_utils.preprocessing._containers.counted import single_values
from ml_infra_utils.preprocessing._containers.hits import Hits
from ml_infra_utils.preprocessing._containers.lists import Values
from ml_infra_utils.preprocessing._containers.numpy_arrays import (
    NumPyArray,
    clipped,
    described_features,
    float_dtype,
    masks_of,
    of_features,
)
from ml_infra_utils.preprocessing._formulas import Scalars
from ml_infra_utils.preprocessing._kernels.bins import distributions
from ml_infra_utils.preprocessing._kernels.transforms import Doubt, apply
from ml_infra_utils.preprocessing._limits import BLOCK, EXACT_INTEGER
from ml_infra_utils.preprocessing._predicates import Mistyped
from ml_infra_utils.preprocessing._statistics import (
    ColumnPlaces,
    ColumnStatistics,
    Measured,
    Places,
    Statistics,
)
from ml_infra_utils.preprocessing._values import python_number
from ml_infra_utils.preprocessing._words import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._containers.columns import Block, Columns
    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate

    Measure = Callable[[NumPyArray], Sequence[Statistics]]


class Frame(Container):
    """A frame in memory. Statistics have an entry for each block of columns, of arrays."""

    xp: Any = np
    n_axes = 2

    def __init__(self, columns: Columns, wanted: Any, numeric: bool) -> None:
        self.columns = columns
        self.all_names = columns.names
        names: Any = columns.names
        # The numbers that pandas gives where nobody named the columns are no names.
        self.has_names = wanted is not None or names != list(range(len(names)))
        self.places = _places(columns, wanted, numeric)
        self.names = names if _are_all(self.places, names) else [names[p] for p in self.places]
        self.n_features = len(self.places)
        numbers: Any = columns.numeric
        if len(numbers) < len(columns.names) or wanted is not None:
            chosen, known = sorted(self.places), set(numbers)
            numbers = [place for place in chosen if place in known]
            self.others = [place for place in chosen if place not in known]
        else:
            self.others = []
        self.blocks = columns.blocks(numbers) if numbers else []
        count = len(columns.names)
        self.layout = tuple(
            (block.dtype, tuple(block.places) if len(block.places) < count else count)
            for block in self.blocks
        )
        if wanted is not None:  # the order of the features is not that of the columns
            self.layout += (tuple(self.places),)
        self.restored: Callable[[Any], Any] = _itself

    @property
    def is_empty(self) -> bool:
        return not self.columns.rows or not self.all_names

    def extrema(self) -> list[Statistics]:
        return [self._measured(block, NumPyArray.extrema) for block in self.blocks]

    def moments(self) -> list[Statistics]:
        return [self._measured(block, NumPyArray.moments) for block in self.blocks]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        def measure(array: NumPyArray) -> list[Statistics]:
            return array.bounds(lower, upper, method)

        return [self._measured(block, measure) for block in self.blocks]

    def summary(self) -> list[ColumnStatistics]:
        return self.measured().columns()

    def measured(self) -> Measured:
        statistics = [self._measured(block, NumPyArray.all_statistics) for block in self.blocks]
        blocks = [
            (block.places, block.dtype, self.columns.kind(block.places[0])) for block in self.blocks
        ]
        others = {}
        for place in self.others:
            missing = int(np.count_nonzero(self.columns.nulls([place])))
            counts = Statistics(self.columns.rows - missing, missing)
            others[place] = self.columns.kind(place), counts
        places, label = self.places, self._label()

        def columns() -> list[ColumnStatistics]:
            known = dict(others)
            for (some, dtype, kind), each in zip(blocks, statistics):
                described = described_features(each, len(some), dtype)
                known.update((place, (kind, one)) for place, one in zip(some, described))
            return [ColumnStatistics(label(place), *known[place]) for place in places]

        return Measured(columns, self.layout, statistics)

    def distributions(self) -> list[Distribution | None]:
        numbers = (place for block in self.blocks for place in block.places)
        each: dict[int, Distribution | None] = dict(zip(numbers, distributions(self._numbers())))
        for place in self.others:
            series = nw.from_native(self.columns.column(place), series_only=True)
            each[place] = single_values(series, partial(self.columns.listed, place))
        return [each[place] for place in self.places]

    def _numbers(self) -> Iterator[np.ndarray]:
        """Yield the values of each column of numbers that are not null."""
        for block in self.blocks:
            for _, places in block.pieces():
                values, nulls = block.read(places)
                for i in range(len(places)):
                    yield values[:, i] if nulls is None else values[~nulls[:, i], i]

    def features(self, statistics: Sequence[Statistics]) -> Sequence[Statistics]:
        each = dict(zip(self.places, statistics))
        return [
            of_features([each[place] for place in block.places], block.dtype)
            for block in self.blocks
        ]

    def per_feature(self, statistics: Sequence[Statistics]) -> list[Statistics]:
        each = {
            place: one
            for block, some in zip(self.blocks, statistics)
            for place, one in zip(block.places, _each(some, len(block.places)))
        }
        return [each[place] for place in self.places]

    def numpy_columns(self) -> list[Any]:
        columns: dict[int, Any] = {}
        for block in self.blocks:
            for _, places in block.pieces():
                values, nulls = block.read(places)
                wide = values.astype(float)
                if nulls is not None:
                    wide[nulls] = np.nan
                columns.update(zip(places, wide.T))
        return [columns[place] for place in self.places]

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        return self._replaced([float_dtype(block.dtype) for block in self.blocks], steps, suspect)

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        dtypes, steps = [], []
        for block, each in zip(self.blocks, bounds):
            dtype, step = clipped(block.dtype, each.low, each.high)
            dtypes.append(dtype)
            steps.append([step])
        return self._replaced(dtypes, steps, suspect)

    def find(self, predicate: Predicate, limit: int) -> Places:
        if isinstance(predicate, Mistyped):
            columns = [self._mistyped(predicate, place, limit) for place in self.places]
            return Places(self.columns.rows, tuple(columns))
        hits = Hits(len(self.all_names), limit)
        for some, start, mask, values in self._masks(predicate):
            hits.add(some, start, mask, self.columns.value if values is None else values)
        names, chosen = self.all_names if self.n_axes == 2 else [None], self.places
        chosen_names = [None] if self.names is None else list(self.names)
        found = partial(hits.columns, chosen, names)
        return Places(self.columns.rows, found, chosen_names, hits.total)

    def any(self, predicate: Predicate) -> bool:
        if isinstance(predicate, Mistyped):
            return any(column.number for column in self.find(predicate, 1).columns)
        return any(mask.any() for _, _, mask, _ in self._masks(predicate))

    def name_features(self, chosen: Sequence[Any]) -> str:
        flags = np.zeros(len(self.all_names), bool)
        for block, some in zip(self.blocks, chosen):
            flags[list(block.places)] = some
        return named_columns([self.all_names[place] for place in self.places if flags[place]])

    def _array(self, values: np.ndarray) -> NumPyArray:
        return NumPyArray(values)

    def _label(self) -> Callable[[int], Any]:
        """Return a function from places to names, which does not hold the frame."""
        return list(self.all_names).__getitem__

    def _measured(self, block: Block, measure: Measure) -> Statistics:
        """Return statistics of a block, as arrays of an entry a column."""
        parts: list[Statistics] = []
        for _, places in block.pieces():
            values, nulls = block.read(places)
            if nulls is not None:
                floats = _with_nan(values, nulls)
                if floats is None:
                    parts += self._measured_apart(values, nulls, measure)
                    continue
                values = floats
            parts += measure(self._array(values))
        return _joined(parts)

    def _measured_apart(
        self, values: np.ndarray, nulls: np.ndarray, measure: Measure
    ) -> Iterator[Statistics]:
        """Return statistics of long integers, which a float would round, column by column."""
        for column, is_null in zip(values.T, nulls.T):
            present = column[~is_null]
            missing = len(column) - len(present)
            if not len(present):
                yield Statistics(0, missing, *[math.nan] * 4)
                continue
            (statistics,) = measure(self._array(present[:, None]))
            yield statistics._replace(missing=statistics.missing + missing)

    def _replaced(
        self,
        dtypes: Sequence[np.dtype],
        steps: Sequence[Sequence[Step]],
        suspect: Suspect | None,
    ) -> Any:
        """Return the frame with what the steps make of its blocks, in values of these dtypes."""
        families: dict[Any, list[tuple[Block, Sequence[Step]]]] = {}
        for block, dtype, each in zip(self.blocks, dtypes, steps):
            families.setdefault((block.family, dtype), []).append((block, each))
        written, doubt = [], Doubt.NONE
        for (family, dtype), blocks in families.items():
            places = sorted(place for block, _ in blocks for place in block.places)
            values, in_doubt = self._written(places, dtype, blocks, suspect is not None)
            written.append(Written(places, family, values))
            doubt = max(doubt, in_doubt)
        if suspect is not None and doubt:
            suspect(doubt == Doubt.INFINITE)
        return self.restored(self.columns.replaced(written))

    def _written(
        self,
        places: Sequence[int],
        dtype: np.dtype,
        blocks: Sequence[tuple[Block, Sequence[Step]]],
        prove: bool,
    ) -> tuple[np.ndarray, Doubt]:
        """Return the new values of some columns, and what they leave in doubt."""
        if len(blocks) == 1 and blocks[0][0].together >= len(places):
            ((block, steps),) = blocks
            values, nulls = block.read(places)
            out = np.empty_like(values, dtype, subok=False)  # in the same order of memory
            return out, _transformed(values, nulls, steps, out, prove)
        doubt = Doubt.NONE
        position = {place: i for i, place in enumerate(places)}
        out = np.empty((len(places), self.columns.rows), dtype).T
        for block, all_steps in blocks:
            for some, chosen in block.pieces():
                values, nulls = block.read(chosen)
                positions = [position[place] for place in chosen]
                following = run(positions)
                target = None if following is None else out[:, following]
                result = np.empty_like(values, dtype, subok=False) if target is None else target
                steps = _of_columns(all_steps, some)
                doubt = max(doubt, _transformed(values, nulls, steps, result, prove))
                if target is None:
                    out[:, positions] = result
        return out, doubt

    def _masks(
        self, predicate: Any
    ) -> Iterator[tuple[Sequence[int], int, np.ndarray, np.ndarray | None]]:
        """Yield places of columns, a row, and where the predicate holds in them from this row on.

        The values come along, unless a NaN among them can be a null of the frame.
        """
        for block in self.blocks:
            for _, places in block.pieces():
                values, nulls = block.read(places)
                if nulls is None:
                    is_plain = block.family == PLAIN
                    for columns in _in_one_piece(values):
                        some = values[:, columns]
                        for row, mask in masks_of(some, predicate):
                            read = some[row : row + len(mask)] if is_plain else None
                            yield places[columns], row, mask, read
                else:
                    mask = predicate.of_array(values, np)
                    mask[nulls] = predicate.of_value(None, 0)
                    yield places, 0, mask, None
        many = together(self.columns.rows)
        for start in range(0, len(self.others), many):  # only what is missing is looked for here
            places = self.others[start : start + many]
            for place in places:
                if self.columns.is_nested(place):
                    refuse_nested(self.all_names[place], self.columns.kind(place))
            yield places, 0, self.columns.nulls(places), None

    def _mistyped(self, predicate: Mistyped, place: int, limit: int) -> ColumnPlaces:
        name = self.all_names[place] if self.n_axes == 2 else None
        (column,) = Values(self.columns.listed(place)).find(predicate, limit).columns
        return ColumnPlaces(name, column.number, column.first)


class Series(Frame):
    """A series in memory: a frame of one column, whose statistics are numbers of Python."""

    xp = Scalars
    n_axes = 1

    def __init__(self, columns: Columns, name: Any, numeric: bool) -> None:
        super().__init__(columns, None, numeric)
        self.names, self.name = None, name

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        return [Statistics(*map(python_number, b)) for b in super().bounds(lower, upper, method)]

    def name_features(self, chosen: Sequence[Any]) -> str:  # noqa: ARG002  # there is one
        return ""

    def _array(self, values: np.ndarray) -> NumPyArray:
        return NumPyArray(values[:, 0])

    def _label(self) -> Callable[[int], Any]:
        return [self.name or 0].__getitem__


def _are_all(places: Sequence[int], names: Sequence[Any]) -> bool:
    return isinstance(places, range) and len(places) == len(names)


def _itself(frame: Any) -> Any:
    return frame


def _places(columns: Columns, wanted: Any, numeric: bool) -> Sequence[int]:
    """Return the places of the chosen columns, in the order in which they were chosen."""
    names, numbers = columns.names, columns.numeric
    if wanted is None and numeric and columns.unreadable:
        place = columns.unreadable[0]
        raise TypeError(
            f"data must hold real numbers, got column {shortened(names[place])} of type "
            f"{columns.column(place).dtype}; name the others with columns="
        )
    if wanted is None and not numeric:
        return range(len(names))
    if wanted is None and (numbers or not names):
        return numbers
    place_of = {name: place for place, name in enumerate(names)}
    eligible = [names[place] for place in numbers] if numeric else names
    chosen = chosen_columns(wanted, names, eligible, lambda name: columns.kind(place_of[name]))
    return [place_of[name] for name in chosen]


def _in_one_piece(values: np.ndarray) -> Iterator[slice]:
    """Yield columns of which a block is filled, if each lies in one piece; else all of them."""
    width = values.shape[1]
    whole = values.flags.c_contiguous or values.strides[0] != values.itemsize
    many = width if whole else max(1, BLOCK // max(1, len(values)))
    yield from (slice(start, start + many) for start in range(0, width, many))


def _with_nan(values: np.ndarray, nulls: np.ndarray) -> np.ndarray | None:
    """Return integers as floats, with NaN for nulls; None if a float would round one of them."""
    if values.dtype.itemsize == 8 and values.size:
        low, high = values.min().item(), values.max().item()
        if max(-low, high) > EXACT_INTEGER:
            return None
    floats = values.astype(float)
    floats[nulls] = np.nan
    return floats


def _transformed(
    values: np.ndarray,
    nulls: np.ndarray | None,
    steps: Sequence[Step],
    out: np.ndarray,
    prove: bool,
) -> Doubt:
    """Write what steps make of values, and return what that leaves in doubt."""
    doubt = apply(values, steps, out, prove=prove)
    if nulls is None:
        return doubt
    if out.dtype.kind == "f":
        out[nulls] = np.nan
    return max(doubt, Doubt.MISSING)


def _each(statistics: Statistics, count: int) -> list[Statistics]:
    """Return statistics of an entry a column as numbers of Python for each column."""
    figures = (
        [None] * count if figure is None else np.broadcast_to(figure, count).tolist()
        for figure in statistics
    )
    return [Statistics(*each) for each in zip(*figures)]


def _joined(parts: Sequence[Statistics]) -> Statistics:
    """Return the statistics of parts of the columns as those of all."""
    if len(parts) == 1:
        return parts[0]
    if any(part.origin is not None for part in parts):
        zero = [0 if part.origin is None else part.origin for part in parts]
        parts = [part._replace(origin=each) for part, each in zip(parts, zero)]
    return Statistics(
        *(
            None if figures[0] is None else np.concatenate([np.atleast_1d(f) for f in figures])
            for figures in zip(*parts)
        )
    )


def _of_columns(steps: Sequence[Step], some: slice) -> list[Step]:
    return [
        (name, *(operand[some] if np.ndim(operand) else operand for operand in operands))
        for name, *operands in steps
    ]
