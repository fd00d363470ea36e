"""Curves of a classifier: a score against every threshold, as lists that plot themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class RocCurve(NamedTuple):
    """The rates of true and false positives at each threshold, from the highest.

    Attributes
    ----------
    thresholds : list of float, shape (m,)
        Each distinct score, after infinity, at which nothing is predicted positive.
    false_positive_rate, true_positive_rate : list of float, shape (m,)
        What fraction of negatives and of positives scores at least the threshold.
    """

    thresholds: list[float]
    false_positive_rate: list[float]
    true_positive_rate: list[float]

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the curve with matplotlib and return its axes."""
        from ml_infra_utils.metrics._showing.plots import plot_roc

        return plot_roc(self.false_positive_rate, self.true_positive_rate, ax, label)


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall at each threshold, from the highest.

    Attributes
    ----------
    thresholds : list of float, shape (m,)
        Each distinct score.
    precision, recall : list of float, shape (m,)
        The scores of predicting positive what scores at least the threshold.
    """

    thresholds: list[float]
    precision: list[float]
    recall: list[float]

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the curve with matplotlib and return its axes."""
        from ml_infra_utils.metrics._showing.plots import plot_precision_recall

        return plot_precision_recall(self.recall, self.precision, ax, label)


class CalibrationCurve(NamedTuple):
    """How often positives occur where they are predicted with a probability.

    Attributes
    ----------
    mean_probability : list of float, shape (m,)
        The mean predicted probability in each bin that is not empty.
    fraction_positive : list of float, shape (m,)
        The fraction of positives in it.
    weight : list of float, shape (m,)
        The number of its examples, or the sum of their weights.
    """

    mean_probability: list[float]
    fraction_positive: list[float]
    weight: list[float]

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the reliability diagram with matplotlib and return its axes."""
        from ml_infra_utils.metrics._showing.plots import plot_calibration

        return plot_calibration(self.mean_probability, self.fraction_positive, ax, label)
