"""The confusion matrix: one immutable value from which every score of classes follows."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Mapping, Sequence, overload

from ml_infra_utils.metrics import _json as json
from ml_infra_utils.metrics._cells import Table, cells_of, check_membership, margins_of, occurring
from ml_infra_utils.metrics._classes import as_classes, in_order, united
from ml_infra_utils.metrics._columns import as_column
from ml_infra_utils.metrics._counting import count
from ml_infra_utils.metrics._display import as_html, as_html_line, as_text, distinct_names, shown
from ml_infra_utils.metrics._exact import exact_count, rounded, simplest
from ml_infra_utils.metrics._frame import count_frame
from ml_infra_utils.metrics._matrix_scores import MatrixScores

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Literal

    from ml_infra_utils.metrics._cells import Cells
    from ml_infra_utils.metrics._exact import Count
    from ml_infra_utils.metrics._formulas import Margins
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike

_KIND, _VERSION = "confusion-matrix", 1
_PRINTED = 20  # classes; larger matrices are described, not printed


class ConfusionMatrix(MatrixScores):
    """How often each label met each prediction.

    An immutable value: equal data give equal matrices, whatever container they came in.
    Matrices of parts add up to the matrix of the whole, exactly, in any order; weights are
    summed as exact fractions. Only pairs that occur are stored, so thousands of classes are
    no burden.

    Parameters
    ----------
    classes : iterable of hashable, shape (k,)
        The classes, all different.
    counts : iterable of iterables of numbers, shape (k, k)
        ``counts[i][j]`` is how often label ``classes[i]`` was predicted as ``classes[j]``.
        Integers, or sums of weights.

    Raises
    ------
    ValueError
        If a class stands twice, the counts are not k times k, or one is negative.
    TypeError
        If a class is not hashable or a count is not a number.

    See Also
    --------
    ConfusionMatrix.from_predictions : Count predictions and labels.
    ConfusionMatrix.from_frame : Count columns of a data frame or of a table in an engine.

    Examples
    --------
    >>> monday = ConfusionMatrix.from_predictions(["cat", "dog", "cat"], ["cat", "dog", "dog"])
    >>> tuesday = ConfusionMatrix.from_predictions(["dog", "bird"], ["dog", "bird"])
    >>> week = monday + tuesday
    >>> print(week)
          predicted
    label bird  cat  dog
    bird     1    0    0
    cat      0    1    0
    dog      0    1    2
    >>> week.accuracy(), week.recall("dog"), week.f1_score(average="macro")
    (0.8, 0.6666666666666666, 0.8222222222222223)
    """

    _table: Table | None = None

    def __init__(
        self, classes: Iterable[Hashable] = (), counts: Iterable[Iterable[float]] = ()
    ) -> None:
        names = as_classes(classes)
        rows = [list(row) for row in counts]
        if len(rows) != len(names) or any(len(row) != len(names) for row in rows):
            raise ValueError(
                f"counts must have {len(names)} rows of {len(names)} counts, one for each class, "
                f"got rows of lengths {[len(row) for row in rows]}"
            )
        cells = {
            (label, prediction): exact_count(
                value,
                partial("the count of label {!r} with prediction {!r}".format, label, prediction),
            )
            for label, row in zip(names, rows)
            for prediction, value in zip(names, row)
        }
        self.__dict__.update(classes=names, _cells={pair: n for pair, n in cells.items() if n})

    @classmethod
    def from_predictions(
        cls,
        predictions: ClassesLike,
        labels: ClassesLike,
        *,
        classes: Iterable[Hashable] | None = None,
        sample_weight: NumbersLike | None = None,
    ) -> ConfusionMatrix:
        """Count predictions and labels.

        Parameters
        ----------
        predictions, labels : sequence, array or column, shape (n,)
            Predicted and true class of each example: lists, tuples, generators, arrays of
            NumPy, PyTorch, JAX, CuPy or Dask, columns of pandas, Polars or PyArrow. Arrays on
            another device are counted there, and only the counts are copied.
        classes : iterable of hashable, optional
            The classes that may occur, in the order to keep. By default those that occur,
            sorted.
        sample_weight : sequence, array or column of numbers, shape (n,), optional
            What each example counts, at least 0; by default 1.

        Raises
        ------
        ValueError
            If lengths differ, a value is NaN or missing, is a float that is not whole, is not
            among the classes, or a weight is negative; the message says where.
        TypeError
            If a value is not hashable, or no sequence was passed.
        """
        predicted, actual = as_column(predictions, "predictions"), as_column(labels, "labels")
        counted = count(predicted, actual, sample_weight)
        if classes is None and isinstance(counted, Table):
            return cls._of(_table=counted)
        cells, names = cells_of(counted), None if classes is None else as_classes(classes)
        if names is not None:
            check_membership(cells, names, {"labels": actual, "predictions": predicted})
        matrix = cls._from_cells(names, cells)
        return matrix if sample_weight is None else matrix._without_zeros()

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: None = ...,
        *,
        classes: Iterable[Hashable] | None = ...,
        sample_weight: str | None = ...,
    ) -> ConfusionMatrix: ...

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: str | Sequence[str],
        *,
        classes: Iterable[Hashable] | None = ...,
        sample_weight: str | None = ...,
    ) -> dict[Any, ConfusionMatrix]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: str | Sequence[str] | None = None,
        *,
        classes: Iterable[Hashable] | None = None,
        sample_weight: str | None = None,
    ) -> ConfusionMatrix | dict[Any, ConfusionMatrix]:
        """Count two columns of a table with one GROUP BY, run where the table is.

        Parameters
        ----------
        frame : data frame or table
            Anything narwhals knows: frames of pandas, Polars (lazy too), PyArrow or Dask,
            relations of DuckDB, PySpark's data frames.
        predictions, labels : str
            The columns of predicted and true classes.
        by : str or sequence of str, optional
            Columns that slice the table: a matrix for each value, or tuple of values.
        classes : iterable of hashable, optional
            The classes that may occur, in the order to keep. By default those that occur,
            sorted.
        sample_weight : str, optional
            The column of what each row counts. The engine sums the weights as floats, in an
            order of its own: unlike those of `from_predictions`, the sums are rounded.

        Returns
        -------
        ConfusionMatrix or dict
            With ``by``, a dict from slice to matrix, sorted; a missing value is None, the last.

        Raises
        ------
        ValueError
            If a column is unknown or holds missing values, values that are not classes or not
            among ``classes``, or negative weights.
        TypeError
            If the frame is of no known kind, or weights are no numbers.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame(
        ...     {"guess": [1, 0, 1], "truth": [1, 0, 0], "country": ["it", "it", "de"]}
        ... )
        >>> ConfusionMatrix.from_frame(frame, "guess", "truth").accuracy()
        0.6666666666666666
        >>> by_country = ConfusionMatrix.from_frame(frame, "guess", "truth", by="country")
        >>> {country: matrix.accuracy() for country, matrix in by_country.items()}
        {'de': 0.0, 'it': 1.0}
        """
        names = None if classes is None else as_classes(classes)
        slicers = [by] if isinstance(by, str) else list(by or ())
        slices = count_frame(frame, predictions, labels, slicers, sample_weight)
        if names is not None:
            for cells in slices.values():
                check_membership(cells, names)
        if by is None:
            return cls._from_cells(names, slices.get((), {}))._without_zeros()
        matrices = {
            key: cls._from_cells(names, cells)._without_zeros() for key, cells in slices.items()
        }
        if isinstance(by, str):
            return {key[0]: matrix for key, matrix in matrices.items()}
        return matrices

    @classmethod
    def _from_cells(cls, classes: tuple[Hashable, ...] | None, cells: Cells) -> ConfusionMatrix:
        return cls._of(_cells=cells) if classes is None else cls._of(_cells=cells, classes=classes)

    @classmethod
    def _of(cls, **known: Any) -> ConfusionMatrix:
        """Make a matrix of its cells, or its table; what else is not known yet is found."""
        matrix = cls.__new__(cls)
        matrix.__dict__.update(known)
        return matrix

    def _without_zeros(self) -> ConfusionMatrix:
        """Drop pairs without weight; a class without weight is still a class."""
        cells = {pair: n for pair, n in self._cells.items() if n}
        return self._of(_cells=cells, classes=self.classes)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a ConfusionMatrix is immutable, cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a ConfusionMatrix is immutable, cannot delete {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._from_cells, (self.classes, self._cells)

    @cached_property
    def classes(self) -> tuple[Hashable, ...]:
        """The classes, in order: as declared, else sorted."""
        return in_order(occurring(self._table or self._cells))

    @cached_property
    def _cells(self) -> Cells:
        return cells_of(self._table or {})

    @cached_property
    def _margins(self) -> Margins:
        return margins_of(self._table or self._cells, self.classes)

    @property
    def counts(self) -> tuple[tuple[float, ...], ...]:
        """The counts, shape (k, k): a row for each label, a column for each prediction.

        Integers; sums of weights that are not whole are rounded to floats.
        """
        return tuple(
            tuple(self[label, prediction] for prediction in self.classes) for label in self.classes
        )

    @property
    def total(self) -> float:
        """The number of examples, or the sum of their weights."""
        return rounded(sum(self._cells.values()))

    def __getitem__(self, pair: tuple[Hashable, Hashable]) -> float:
        """Return the count of (label, prediction), 0 if they never met."""
        return rounded(self._cells.get(pair, 0))

    def __add__(self, other: object) -> ConfusionMatrix:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        cells = dict(self._cells)
        for pair, n in other._cells.items():
            cells[pair] = simplest(cells.get(pair, 0) + n)
        return self._from_cells(united(self.classes, other.classes), cells)

    def __radd__(self, other: object) -> ConfusionMatrix:
        return self if other == 0 else NotImplemented  # sum() starts with 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        return self._cells == other._cells and set(self.classes) == set(other.classes)

    def __hash__(self) -> int:
        return hash((frozenset(self.classes), frozenset(self._cells.items())))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for `json.dumps`; the package holds its JSON Schema.

        Raises
        ------
        TypeError
            If a class is not a string, integer, boolean, None or a tuple of them.

        Examples
        --------
        >>> matrix = ConfusionMatrix.from_predictions([1, 0, 1], [1, 0, 0])
        >>> matrix.to_dict()["cells"]
        [[0, 0, 1], [0, 1, 1], [1, 1, 1]]
        >>> ConfusionMatrix.from_dict(matrix.to_dict()) == matrix
        True
        """
        index = {name: i for i, name in enumerate(self.classes)}
        cells = sorted(
            (index[label], index[prediction], n) for (label, prediction), n in self._cells.items()
        )
        return {
            **json.header(_KIND, _VERSION),
            "classes": [json.encode_class(name) for name in self.classes],
            "cells": [[i, j, json.encode_count(n)] for i, j, n in cells],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConfusionMatrix:
        """Return the matrix that `to_dict` wrote.

        Raises
        ------
        ValueError
            If an entry is missing or wrong: another schema or version, a class twice, an index
            out of range, a count that is negative or not an integer.
        """
        data = json.check_entries(data, _KIND, _VERSION, ("classes", "cells"))
        names = as_classes(
            json.decode_class(value, f"data['classes'][{i}]")
            for i, value in enumerate(json.entry(data, "classes"))
        )
        cells: dict[tuple[Hashable, Hashable], Count] = {}
        for i, cell in enumerate(json.entry(data, "cells")):
            where = f"data['cells'][{i}]"
            if not isinstance(cell, (list, tuple)) or len(cell) != 3:
                raise ValueError(f"{where} must be [label, prediction, count], got {cell!r}")
            label, prediction = (
                names[json.decode_index(cell[k], len(names), f"{where}[{k}]")] for k in (0, 1)
            )
            if (label, prediction) in cells:
                raise ValueError(f"{where} repeats label {label!r} with prediction {prediction!r}")
            cells[label, prediction] = json.decode_count(cell[2], f"{where}[2]")
        return cls._from_cells(names, cells)._without_zeros()

    def plot(
        self,
        ax: Axes | None = None,
        *,
        normalized: Literal["labels", "predictions", "all"] | None = None,
    ) -> Axes:
        """Draw the matrix with matplotlib, labels down and predictions across.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default on a new figure.
        normalized : {None, "labels", "predictions", "all"}, default None
            Write counts, or fractions as of `normalized`. Colours are by label then.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ml_infra_utils.metrics._plots import plot_matrix

        shares = self.normalized(normalized or "labels")
        if normalized is None:
            texts = [[shown(count) for count in row] for row in self.counts]
        else:
            texts = [[f"{share:.2f}" for share in row] for row in shares]
        return plot_matrix(distinct_names(self.classes), shares, texts, ax)

    def _repr_html_(self) -> str:
        if len(self.classes) > _PRINTED:
            return as_html_line(repr(self))
        return as_html(distinct_names(self.classes), self.counts)

    def __repr__(self) -> str:
        if len(self.classes) > _PRINTED:
            return f"<ConfusionMatrix of {len(self.classes)} classes, total {self.total}>"
        return f"ConfusionMatrix(classes={self.classes!r}, counts={self.counts!r})"

    def __str__(self) -> str:
        if len(self.classes) > _PRINTED:
            return repr(self)
        return as_text(distinct_names(self.classes), self.counts)
