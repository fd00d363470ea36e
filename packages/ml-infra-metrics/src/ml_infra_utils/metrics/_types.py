"""What the functions take, for type checkers."""

from __future__ import annotations

from typing import Any, Hashable, Iterable, Literal, Protocol, Union


class SupportsArray(Protocol):
    """An array, column or data frame of another library, whatever its iterator gives."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...


ClassesLike = Union[Iterable[Hashable], SupportsArray]
NumbersLike = Union[Iterable[float], SupportsArray]
TableLike = Union[Iterable[Iterable[float]], SupportsArray]
Average = Literal["binary", "macro", "micro", "weighted"]
AverageOfTables = Literal["binary", "macro", "micro", "weighted", "samples"]
ComparedScore = Literal[
    "roc_auc",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1_score",
    "fbeta_score",
    "jaccard",
    "matthews_corrcoef",
    "cohen_kappa",
]
Decision = Literal["better", "not worse", "worse", "undecided"]
