"""Curves of a classifier: a score against every threshold, as lists that plot themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Sequence, Tuple

from ml_infra_utils.metrics._showing.names import few, one_line
from ml_infra_utils.metrics._tables import as_html, as_markdown, as_text
from ml_infra_utils.metrics._words import MOST_NAMES, counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Table = Tuple[Sequence[str], Sequence[Sequence[str]]]


class _Curve:
    """Lists of one length, shown in one line or as a table; of many points, the ends."""

    __slots__ = ()

    def __repr__(self) -> str:
        columns, name = self._columns(), type(self).__name__
        size = len(next(iter(columns.values())))
        short = f"<{name} of {counted(size, 'point')}>"
        if size > MOST_NAMES:
            return short
        lists = ", ".join(f"{field}={values!r}" for field, values in columns.items())
        return one_line(f"{name}({lists})", short)

    def __str__(self) -> str:
        return as_text(*self._table(), names=0)

    def to_markdown(self) -> str:
        """Return the table that `print` shows in Markdown, for a comment on a pull request."""
        return as_markdown(*self._table(), names=0)

    def _repr_html_(self) -> str:
        return as_html(*self._table(), names=0)

    def _table(self) -> Table:
        columns = self._columns()
        points = list(zip(*columns.values()))
        rows = few(points, lambda point: [f"{value:.6g}" for value in point])
        return [field.replace("_", " ") for field in columns], rows

    def _columns(self: Any) -> dict[str, list[float]]:
        return self._asdict()  # type: ignore[no-any-return]  # of the named tuple beside it


class _RocCurve(NamedTuple):
    thresholds: list[float]
    false_positive_rate: list[float]
    true_positive_rate: list[float]


class RocCurve(_Curve, _RocCurve):
    """The rates of true and false positives at each threshold, from the highest.

    Attributes
    ----------
    thresholds : list of float, shape (m,)
        Each distinct score, after infinity, at which nothing is predicted positive.
    false_positive_rate, true_positive_rate : list of float, shape (m,)
        What fraction of negatives and of positives scores at least the threshold.

    Examples
    --------
    >>> from ml_infra_utils.metrics import roc_curve
    >>> print(roc_curve([0.9, 0.4, 0.4, 0.1], [1, 0, 1, 0]))
    thresholds  false positive rate  true positive rate
           inf                    0                   0
           0.9                    0                 0.5
           0.4                  0.5                   1
           0.1                    1                   1
    """

    __slots__ = ()

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the curve with matplotlib and return its axes."""
        from ml_infra_utils.metrics._showing.plots import plot_roc

        return plot_roc(self.false_positive_rate, self.true_positive_rate, ax, label)


class _PrecisionRecallCurve(NamedTuple):
    thresholds: list[float]
    precision: list[float]
    recall: list[float]


class PrecisionRecallCurve(_Curve, _PrecisionRecallCurve):
    """Precision and recall at each threshold, from the highest.

    Attributes
    ----------
    thresholds : list of float, shape (m,)
        Each distinct score.
    precision, recall : list of float, shape (m,)
        The scores of predicting positive what scores at least the threshold.

    Examples
    --------
    >>> from ml_infra_utils.metrics import precision_recall_curve
    >>> print(precision_recall_curve([0.9, 0.4, 0.4, 0.1], [1, 0, 1, 0]))
    thresholds  precision  recall
           0.9          1     0.5
           0.4   0.666667       1
           0.1        0.5       1
    """

    __slots__ = ()

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the curve with matplotlib and return its axes."""
        from ml_infra_utils.metrics._showing.plots import plot_precision_recall

        return plot_precision_recall(self.recall, self.precision, ax, label)


class _CalibrationCurve(NamedTuple):
    mean_probability: list[float]
    fraction_positive: list[float]
    weight: list[float]


class CalibrationCurve(_Curve, _CalibrationCurve):
    """How often positives occur where they are predicted with a probability.

    Attributes
    ----------
    mean_probability : list of float, shape (m,)
        The mean predicted probability in each bin that is not empty.
    fraction_positive : list of float, shape (m,)
        The fraction of positives in it.
    weight : list of float, shape (m,)
        The number of its examples, or the sum of their weights.

    Examples
    --------
    >>> from ml_infra_utils.metrics import calibration_curve
    >>> print(calibration_curve([0.9, 0.9, 0.2, 0.2], [1, 1, 0, 1]))
    mean probability  fraction positive  weight
                 0.2                0.5       2
                 0.9                  1       2
    """

    __slots__ = ()

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the reliability diagram with matplotlib and return its axes."""
        from ml_infra_utils.metrics._showing.plots import plot_calibration

        return plot_calibration(self.mean_probability, self.fraction_positive, ax, label)
