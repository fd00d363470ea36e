"""The scores of examples that have one class each, from the counts of pairs of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Hashable

from ml_infra_utils.metrics import _formulas as formulas
from ml_infra_utils.metrics._classes import as_positive_class
from ml_infra_utils.metrics._interval import OF_CLASS, Interval, interval
from ml_infra_utils.metrics._report import ClassificationReport, make_report
from ml_infra_utils.metrics._scores import ClassScores, check_zero_division

if TYPE_CHECKING:
    from typing_extensions import Literal

    from ml_infra_utils.metrics._cells import Cells
    from ml_infra_utils.metrics._scores import Average


class MatrixScores(ClassScores):
    """Scores over all classes, and intervals of every score."""

    __slots__ = ()

    @property
    def _cells(self) -> Cells:
        raise NotImplementedError  # abstract: by the matrix and the state

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
        if over not in ("labels", "predictions", "all"):
            raise ValueError(f"over must be 'labels', 'predictions' or 'all', got {over!r}")
        margins = self._margins

        def share(i: int, j: int) -> float:
            whole = margins.total
            if over != "all":
                whole = margins.actual[i] if over == "labels" else margins.predicted[j]
            count = self._cells.get((self.classes[i], self.classes[j]), 0)
            return formulas.divide((count, whole), 0.0)

        places = range(len(self.classes))
        return tuple(tuple(share(i, j) for j in places) for i in places)

    def accuracy(self, *, zero_division: float = 0.0) -> float:
        """Return the fraction of predictions that equal their label."""
        check_zero_division(zero_division)
        return formulas.divide(formulas.accuracy(self._margins), zero_division)

    def report(self, *, zero_division: float = 0.0) -> ClassificationReport:
        """Return precision, recall, F1 and support of every class, accuracy, and averages."""
        accuracy = self.accuracy(zero_division=zero_division)
        return make_report(self.classes, self._margins, accuracy, zero_division)

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
            the two classes in the order of `classes`. A sum keeps the order that was declared
            for its left matrix, so declare the same for all parts.
        """
        check_zero_division(zero_division)
        if weights is None:
            return formulas.divide(formulas.cohen_kappa(self._margins), zero_division)
        if weights not in ("linear", "quadratic"):
            raise ValueError(f"weights must be None, 'linear' or 'quadratic', got {weights!r}")
        power = 1 if weights == "linear" else 2
        index = {name: i for i, name in enumerate(self.classes)}
        observed = sum(
            n * abs(index[label] - index[prediction]) ** power
            for (label, prediction), n in self._cells.items()
        )
        margins = self._margins
        expected = sum(
            a * p * abs(i - j) ** power
            for i, a in enumerate(margins.actual)
            for j, p in enumerate(margins.predicted)
        )
        return formulas.divide((expected - observed * margins.total, expected), zero_division)

    def interval(
        self,
        score: str,
        confidence: float = 0.95,
        *,
        positive_class: Hashable = 1,
        average: Average | None = "binary",
        beta: float = 1.0,
    ) -> Interval:
        """Return a confidence interval of a score.

        Proportions (accuracy, and of the positive class precision, recall, specificity and
        jaccard) have Wilson's score interval, F1 that of jaccard carried over; all others
        have Wilson's interval for the number of examples that the delta method says the
        score is worth, with one example more of each class so that a rare class does not look
        certain. The cost grows with the square of the number of classes, not with examples.

        Parameters
        ----------
        score : str
            The name of a method: ``"accuracy"``, ``"balanced_accuracy"``, ``"precision"``,
            ``"recall"``, ``"specificity"``, ``"f1_score"``, ``"fbeta_score"``, ``"jaccard"``,
            ``"matthews_corrcoef"`` or ``"cohen_kappa"``.
        confidence : float, default 0.95
            How often such intervals hold the true score, between 0 and 1.
        positive_class, average, beta
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
        if not all(isinstance(n, int) for n in self._cells.values()):
            raise ValueError(
                "intervals need counts of examples, got sums of weights; count without "
                "sample_weight"
            )
        index = {name: i for i, name in enumerate(self.classes)}
        pairs = {
            (index[label], index[prediction]): n for (label, prediction), n in self._cells.items()
        }
        positive = index.get(as_positive_class(positive_class))
        if average == "binary" and score in OF_CLASS:
            self._counts_of(positive_class)  # warns if the class never occurs
        return interval(score, confidence, self._margins, pairs, positive, average, beta)
