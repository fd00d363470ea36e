"""The confusion matrix: one immutable value from which every score of classes follows."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, AbstractSet, Any, Hashable, Iterable, Mapping, Sequence, overload

from ml_infra_utils.metrics._counting.frames import count_frame, order_in_frame
from ml_infra_utils.metrics._counting.pair_counts import (
    PairTable,
    chosen_pairs,
    margins_of,
    occurring,
    pair_counts_of,
)
from ml_infra_utils.metrics._counting.pairs import Pair, pair_of
from ml_infra_utils.metrics._exact_sums import rounded, simplest
from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._formulas.intervals import OF_CLASS, Interval, interval
from ml_infra_utils.metrics._limits import PRINTED_CLASSES
from ml_infra_utils.metrics._options import (
    CLASS_BY_DEFAULT,
    SCORE_BY_DEFAULT,
    check_choice,
    check_zero_division,
)
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.classes import (
    as_classes,
    as_ignored,
    as_positive_class,
    declared_order,
    in_order,
    one_order,
    order_of,
    ordered_by,
)
from ml_infra_utils.metrics._showing.names import as_html_line, distinct_names, one_line, shown
from ml_infra_utils.metrics._showing.report import ClassificationReport, make_report
from ml_infra_utils.metrics._states import class_scores
from ml_infra_utils.metrics._states.matrix_documents import entries_of, parts_of
from ml_infra_utils.metrics._states.matrix_parts import Parts, added, read_counts, without
from ml_infra_utils.metrics._states.slices import Slices, as_slicers, sliced
from ml_infra_utils.metrics._states.state import State, Table
from ml_infra_utils.metrics._undefined import warn_not_chosen, warn_of_kinds, warn_unseen
from ml_infra_utils.metrics._words import counted, described, listed, nearest

if TYPE_CHECKING:
    from typing import Literal

    from matplotlib.axes import Axes

    from ml_infra_utils.metrics._counting.pair_counts import PairCounts
    from ml_infra_utils.metrics._formulas.counts import ClassCounts, Margins
    from ml_infra_utils.metrics._types import Average, ClassesLike, NumbersLike, SupportsArray


class ConfusionMatrix(State):
    """How often examples of each class were predicted as each class.

    An immutable value: equal data give equal matrices, whatever container they came in.
    Matrices of parts add up to the matrix of the whole, exactly, in any order; weights are
    summed as exact fractions. Only pairs that occur are stored, so thousands of classes take
    little memory.

    Parameters
    ----------
    classes : iterable of hashable, shape (k,)
        The classes, all different.
    counts : iterable of iterables of numbers, shape (k, k)
        ``counts[i][j]`` is how often label ``classes[i]`` was predicted as ``classes[j]``.
        Integers, or sums of weights. Of a data frame, such as ``pandas.crosstab(labels,
        predictions)``, the index names the labels and the columns the predictions; without
        an index, as in Polars, rows are in the order of the classes. It may be given without
        classes: then its names are they.

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
    label / predicted  bird  cat  dog
    bird                  1    0    0
    cat                   0    1    0
    dog                   0    1    2
    >>> week.accuracy(), week.recall("dog"), week.f1_score(average="macro")
    (0.8, 0.6666666666666666, 0.8222222222222223)
    """

    _kind = "confusion-matrix"
    _scores = (
        "accuracy",
        "balanced_accuracy",
        "precision",
        "recall",
        "specificity",
        "f1_score",
        "fbeta_score",
        "jaccard",
        "matthews_corrcoef",
        "cohen_kappa",
    )
    _counted: PairTable | None = None
    _declared: bool = False  # whether no other classes may occur
    _order: tuple[Hashable, ...] = ()  # of categories, of which not all need occur
    _ignored: frozenset[Hashable] = frozenset()  # predicted, but left out of averages

    def __init__(
        self,
        classes: Iterable[Hashable] = (),
        counts: Iterable[Iterable[float]] | SupportsArray = (),
    ) -> None:
        names, pairs = read_counts(classes, counts)
        self.__dict__.update(classes=names, _pairs=pairs)

    @classmethod
    @takes_y
    def from_predictions(
        cls,
        predictions: ClassesLike,
        labels: ClassesLike,
        *,
        classes: Iterable[Hashable] | None = None,
        ignore: Hashable | Iterable[Hashable] | None = None,
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
            in the order of their categories (pandas, Polars' Enum, ordered dictionaries of
            PyArrow, members of an `enum.Enum`), else sorted.
        ignore : class, or list or set of classes, optional
            Examples with such a label are left out: padding such as -100, a class "O". Where
            such a class was predicted for another label, that stays an error; averages leave
            the class out.
        sample_weight : sequence, array or column of numbers, shape (n,), optional
            The weight of each example, at least 0; by default 1.

        Raises
        ------
        ValueError
            If lengths differ, a value is NaN or missing, is a float that is not whole, is not
            among the classes, or a weight is negative; the message says where.
        TypeError
            If a value is not hashable, or no sequence was passed.
        """
        return cls._from_pair(pair_of(predictions, labels), classes, ignore, sample_weight)

    @classmethod
    def _from_pair(
        cls,
        pair: Pair,
        classes: Iterable[Hashable] | None = None,
        ignore: Hashable | Iterable[Hashable] | None = None,
        sample_weight: NumbersLike | None = None,
    ) -> ConfusionMatrix:
        order = one_order(order_of(pair.actual.values), order_of(pair.predicted.values))
        pair = pair.read()
        names = None if classes is None else as_classes(classes)
        matrix = cls._count(pair, names, as_ignored(ignore), sample_weight, order)
        matrix._warn_of_kinds()
        return matrix

    @classmethod
    def _count(
        cls,
        pair: Pair,
        names: tuple[Hashable, ...] | None,
        ignored: frozenset[Hashable] = frozenset(),
        sample_weight: NumbersLike | None = None,
        order: tuple[Hashable, ...] = (),
        known: AbstractSet[Hashable] | None = None,
    ) -> ConfusionMatrix:
        """Count a pair of columns; `known` are the names as a set, for those who count often."""
        counted = pair.counted(sample_weight)
        if names is None and not ignored and isinstance(counted, PairTable):
            return cls._of(_counted=counted, _order=order)
        columns = {"labels": pair.actual.values, "predictions": pair.predicted.values}
        cells = chosen_pairs(pair_counts_of(counted), names, ignored, columns, known)
        return cls._from_pairs(names, cells, names is not None, order, ignored)

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
        ignore: Hashable | Iterable[Hashable] | None = ...,
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
        ignore: Hashable | Iterable[Hashable] | None = ...,
        sample_weight: str | None = ...,
    ) -> Slices[ConfusionMatrix]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: str | Sequence[str] | None = None,
        *,
        classes: Iterable[Hashable] | None = None,
        ignore: Hashable | Iterable[Hashable] | None = None,
        sample_weight: str | None = None,
    ) -> ConfusionMatrix | Slices[ConfusionMatrix]:
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
        classes, ignore
            As for `from_predictions`.
        sample_weight : str, optional
            The column of what each row counts. The engine sums the weights as floats, in an
            order of its own: unlike those of `from_predictions`, the sums are rounded.

        Returns
        -------
        ConfusionMatrix or Slices
            With ``by``, a mapping from slice to matrix, sorted, that shows a score of each; a
            missing value is None, the last.

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
        ignored = as_ignored(ignore)
        columns = {"labels": labels, "predictions": predictions}
        slices: Any = count_frame(frame, columns, as_slicers(by), sample_weight)
        order = order_in_frame(frame, columns.values())
        if names is None:
            pairs = chain.from_iterable(slices.values())
            warn_of_kinds({pair for pair in pairs if pair[0] not in ignored})

        def matrix(cells: PairCounts) -> ConfusionMatrix:
            chosen = chosen_pairs(cells, names, ignored)
            return cls._from_pairs(names, chosen, names is not None, order, ignored)

        return sliced(slices, by, matrix, {})

    @classmethod
    def _from_pairs(
        cls,
        classes: tuple[Hashable, ...] | None,
        pairs: PairCounts,
        declared: bool = False,
        order: tuple[Hashable, ...] = (),
        ignored: frozenset[Hashable] = frozenset(),
    ) -> ConfusionMatrix:
        if ignored:
            ignored = ignored.intersection(classes or (prediction for _, prediction in pairs))
        if classes is None:
            return cls._of(_pairs=pairs, _order=order, _ignored=ignored)
        return cls._of(
            _pairs=pairs, classes=classes, _declared=declared, _order=order, _ignored=ignored
        )

    def _warn_of_kinds(self) -> None:
        """Warn if no prediction can be right; a table of numbered classes has one kind."""
        is_numbered = isinstance(getattr(self._counted, "classes", ()), range)
        if not self._declared and not is_numbered:
            warn_of_kinds(self._pairs)

    @classmethod
    def _of(cls, **known: Any) -> ConfusionMatrix:
        """Make a matrix of its cells, or its table; what else is not known yet is found."""
        matrix = cls.__new__(cls)
        matrix.__dict__.update(known)
        return matrix

    def without(self, *classes: Hashable) -> ConfusionMatrix:
        """Return the matrix of the examples whose label is none of the classes.

        Where such a class was predicted for another label, that stays an error; averages leave
        the class out. What is left is as if counted with ``ignore=``.

        Raises
        ------
        ValueError
            If a class is not one of the matrix.

        Examples
        --------
        >>> matrix = ConfusionMatrix.from_predictions(["O", "PER", "O"], ["O", "PER", "PER"])
        >>> matrix.without("O").accuracy()
        0.5
        """
        ignored = as_ignored(list(classes))
        for name in classes:
            if name not in self.classes:
                raise ValueError(
                    f"classes must be among those of the matrix, {listed(self.classes)}, got "
                    f"{described(name)}{nearest(name, self.classes)}"
                )
        return self._from_pairs(*without(self._parts, ignored))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._from_pairs, tuple(self._parts)

    @cached_property
    def classes(self) -> tuple[Hashable, ...]:
        """The classes, in order: as declared or as categories are, else sorted."""
        found = occurring(self._counted or self._pairs)
        order = self._order or declared_order(found)
        return ordered_by(order, found) if order else in_order(found)

    @cached_property
    def _pairs(self) -> PairCounts:
        return pair_counts_of(self._counted or {})

    @property
    def _parts(self) -> Parts:
        return Parts(self.classes, self._pairs, self._declared, self._order, self._ignored)

    @cached_property
    def _margins(self) -> Margins:
        return margins_of(self._counted or self._pairs, self.classes)

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
        return rounded(sum(self._pairs.values()))

    def __getitem__(self, pair: tuple[Hashable, Hashable]) -> float:
        """Return the count of (label, prediction), 0 if they never met."""
        return rounded(self._pairs.get(pair, 0))

    def __add__(self, other: object) -> ConfusionMatrix:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        return self._from_pairs(*added(self._parts, other._parts))

    @classmethod
    def _sum(cls, parts: Sequence[ConfusionMatrix]) -> ConfusionMatrix:
        """Return the sum of at least one matrix, in one pass."""
        first, *others = [m for m in parts if m._declared or m._pairs] or parts
        found = all("classes" not in matrix.__dict__ for matrix in (first, *others))
        if not found and any(m.classes is not first.classes for m in others):
            return sum(others, first)
        cells, order, ignored = dict(first._pairs), first._order, first._ignored
        for matrix in others:
            for pair, n in matrix._pairs.items():
                total = cells.get(pair, 0) + n
                cells[pair] = total if type(total) is int else simplest(total)
            order, ignored = one_order(order, matrix._order), ignored | matrix._ignored
        names = None if found else first.classes
        return cls._from_pairs(names, cells, first._declared, order, ignored)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        return (
            self._pairs == other._pairs
            and self._ignored == other._ignored
            and set(self.classes) == set(other.classes)
        )

    def __hash__(self) -> int:
        return hash((frozenset(self.classes), frozenset(self._pairs.items())))

    def normalized(
        self, over: Literal["labels", "predictions", "all"]
    ) -> tuple[tuple[float, ...], ...]:
        """Return the counts as fractions, shape (k, k).

        Parameters
        ----------
        over : {"labels", "predictions", "all"}
            What sums to 1: the row of each label, the column of each prediction, or all.
            Where a sum is 0 the fractions are 0.0.
        """
        check_choice("over", over, ("labels", "predictions", "all"))
        return formulas.shares(self._parts.cells(), self._margins, over)

    precision: class_scores.ScoreMethod = class_scores.precision
    recall: class_scores.ScoreMethod = class_scores.recall
    specificity: class_scores.ScoreMethod = class_scores.specificity
    f1_score: class_scores.ScoreMethod = class_scores.f1_score
    fbeta_score: class_scores.BetaScoreMethod = class_scores.fbeta_score
    jaccard: class_scores.ScoreMethod = class_scores.jaccard

    def accuracy(self, *, zero_division: float = 0.0) -> float:
        """Return the fraction of predictions that equal their label."""
        check_zero_division(zero_division)
        return formulas.divide(formulas.accuracy(self._margins), zero_division)

    def hamming_loss(self, *, zero_division: float = 0.0) -> float:
        """Return the fraction of predictions that differ from their label."""
        check_zero_division(zero_division)
        right, total = formulas.accuracy(self._margins)
        return formulas.divide((total - right, total), zero_division)

    def report(
        self, *, only: Iterable[Hashable] | None = None, zero_division: float = 0.0
    ) -> ClassificationReport:
        """Return precision, recall, F1 and support of every class, accuracy, and averages.

        Parameters
        ----------
        only : iterable of classes, optional
            The classes that have a row and that averages are over, in this order. Where it leaves
            one out, the micro average stands in the place of accuracy.
        """
        accuracy: float | None = self.accuracy(zero_division=zero_division)
        names, margins = class_scores.averaged_classes(self, only)
        if only is not None and not set(self.classes).difference(self._ignored).issubset(names):
            accuracy = None
        return make_report(names, margins, accuracy, zero_division)

    def balanced_accuracy(self, *, adjusted: bool = False, zero_division: float = 0.0) -> float:
        """Return the mean recall over the classes that occur among the labels.

        Parameters
        ----------
        adjusted : bool, default False
            Rescale so that guessing scores 0 and perfection 1.
        """
        check_zero_division(zero_division)
        ratio = formulas.balanced_accuracy(self._margins, adjusted=adjusted)
        return formulas.divide(ratio, zero_division)

    def matthews_corrcoef(self, *, zero_division: float = 0.0) -> float:
        """Return the correlation of predictions and labels, in [-1, 1] (Gorodkin 2004)."""
        check_zero_division(zero_division)
        return formulas.divide(formulas.matthews_corrcoef(self._margins), zero_division)

    def cohen_kappa(
        self,
        *,
        weights: Literal["linear", "quadratic"] | None = None,
        zero_division: float = 0.0,
    ) -> float:
        """Return the agreement beyond chance, at most 1 (Cohen 1960, weighted 1968).

        Parameters
        ----------
        weights : {None, "linear", "quadratic"}, default None
            How a disagreement counts: all alike, or by the distance, or squared distance, of
            the two classes in the order of `classes`; categories that never occur keep their
            place. A sum keeps the order that was declared for its left matrix, so declare the
            same for all parts.
        """
        check_zero_division(zero_division)
        check_choice("weights", weights, (None, "linear", "quadratic"))
        if weights is None:
            return formulas.divide(formulas.cohen_kappa(self._margins), zero_division)
        power = 1 if weights == "linear" else 2
        parts = self._parts
        ratio = formulas.weighted_kappa(parts.cells(), self._margins, parts.scale(), power)
        return formulas.divide(ratio, zero_division)

    def _counts_of(self, positive_class: Hashable, warns: bool = True) -> ClassCounts:
        """Return the counts of the class; zeros, with a warning, if it never occurs."""
        classes, chosen = self.classes, as_positive_class(positive_class)
        if chosen in classes:
            if positive_class is CLASS_BY_DEFAULT and len(classes) > 2:
                warn_not_chosen(classes, ", or average='macro' for all")
            return self._margins.of_class(classes.index(chosen))
        if classes and warns:
            warn_unseen(chosen, classes)
        return formulas.ClassCounts(0, 0, 0, self._margins.total)

    def interval(
        self,
        score: str,
        confidence: float = 0.95,
        *,
        positive_class: Hashable = CLASS_BY_DEFAULT,
        average: Average | None = "binary",
        beta: float = 1.0,
        zero_division: float = SCORE_BY_DEFAULT,
    ) -> Interval:
        """Return a confidence interval of a score.

        Proportions (accuracy, and of the positive class precision, recall, specificity and
        jaccard) have Wilson's score interval, F1 that of jaccard carried over; all others
        have Wilson's interval for the number of examples that the delta method says the
        score is worth, with one example more of each class so that a rare class does not look
        certain; macro averages reach up to what they are if classes without a label score like
        the others. The cost grows with the square of the number of classes, not with examples.

        Parameters
        ----------
        score : str
            The name of a method: ``"accuracy"``, ``"balanced_accuracy"``, ``"precision"``,
            ``"recall"``, ``"specificity"``, ``"f1_score"``, ``"fbeta_score"``, ``"jaccard"``,
            ``"matthews_corrcoef"`` or ``"cohen_kappa"``.
        confidence : float, default 0.95
            How often such intervals hold the true score, between 0 and 1.
        positive_class, average, beta, zero_division
            As for the method, where it has them.

        Returns
        -------
        Interval
            Named tuple of ``low`` and ``high``; the whole range if the score is undefined.

        Raises
        ------
        ValueError
            If the score is unknown, confidence is not between 0 and 1, average is None, or
            the counts are sums of weights: the number of examples is unknown then.

        Examples
        --------
        >>> from ml_infra_utils.metrics import ConfusionMatrix
        >>> matrix = ConfusionMatrix([0, 1], [[90, 10], [20, 80]])
        >>> low, high = matrix.interval("precision")
        >>> round(low, 3), matrix.precision(), round(high, 3)
        (0.807, 0.8888888888888888, 0.939)
        """
        if not all(isinstance(n, int) for n in self._pairs.values()):
            raise ValueError(
                "counts must be whole for an interval, got sums of weights; count without "
                "sample_weight"
            )
        if self._ignored and average != "binary":
            raise ValueError(
                f"average must be 'binary' for an interval where ignored classes "
                f"{listed(self._ignored)} were predicted, got {described(average)}"
            )
        chosen = as_positive_class(positive_class)
        positive = self.classes.index(chosen) if chosen in self.classes else None
        if average == "binary" and score in OF_CLASS:
            self._counts_of(positive_class, zero_division is SCORE_BY_DEFAULT)
        check_zero_division(zero_division)
        cells = self._parts.cells()
        return interval(
            score, confidence, self._margins, cells, positive, average, beta, float(zero_division)
        )

    @property
    def _support(self) -> float:
        return self.total

    def _interval_of(
        self, score: str, confidence: float, options: Mapping[str, Any]
    ) -> Interval | None:
        whole = all(isinstance(n, int) for n in self._pairs.values())
        if not whole or options.get("weights") or options.get("adjusted"):
            return None
        if options.get("average", "") is None:
            raise ValueError("average must be one score for each slice, got None")
        average = options.get("average", "binary")
        if options.get("only") is not None or (self._ignored and average != "binary"):
            return None
        known = ("positive_class", "average", "beta", "zero_division")
        return self.interval(
            score, confidence, **{name: options[name] for name in known if name in options}
        )

    def _entries(self) -> dict[str, Any]:
        return entries_of(self._parts)

    @classmethod
    def _from_entries(cls, document: Mapping[str, Any]) -> ConfusionMatrix:
        return cls._from_pairs(*parts_of(document))

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
            What the cells say: counts, or the fractions that `normalized` returns. Without it,
            colours are fractions of labels.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ml_infra_utils.metrics._showing.plots import plot_matrix

        shares = self.normalized(normalized or "labels")
        if normalized is None:
            texts = [[shown(count) for count in row] for row in self.counts]
        else:
            texts = [[f"{share:.2f}" for share in row] for row in shares]
        return plot_matrix(distinct_names(self.classes), shares, texts, ax)

    def _table(self) -> Table:
        names = distinct_names(self.classes)
        rows = [[name, *map(shown, counts)] for name, counts in zip(names, self.counts)]
        return ["label / predicted", *names], rows

    def _is_small(self) -> bool:
        return len(self.classes) <= PRINTED_CLASSES

    def __str__(self) -> str:
        return super().__str__() if self._is_small() else repr(self)

    def to_markdown(self) -> str:
        """Return the matrix in Markdown, for a comment on a pull request; a large one in a line."""
        return super().to_markdown() if self._is_small() else repr(self)

    def _repr_html_(self) -> str:
        return super()._repr_html_() if self._is_small() else as_html_line(repr(self))

    def __repr__(self) -> str:
        classes = counted(len(self.classes), "class", "classes")
        short = f"<ConfusionMatrix of {classes}, total {shown(self.total)}>"
        if not self._is_small():
            return short
        full = f"ConfusionMatrix(classes={self.classes!r}, counts={self.counts!r})"
        return one_line(full, short)
