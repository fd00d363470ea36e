"""The interface of all kinds of containers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._statistics import Measured
from ml_infra_utils.preprocessing._words import described, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate
    from ml_infra_utils.preprocessing._statistics import ColumnStatistics, Places, Statistics

    Suspect = Callable[[bool], None]


class Container(ABC):
    """Data of one or more features, in a library or in none.

    Statistics come as a list. A single feature and each column of a frame have an entry of Python
    numbers; the features of an array of several axes share one entry of arrays.
    """

    xp: Any
    is_lazy = False
    n_axes = 1
    n_features = 1
    names: Sequence[str] | None = None
    # Equal for data of which the same statistics take the same form; None if that is not known.
    layout: Hashable = None
    has_names = True
    all_names: Sequence[str] = ()

    @property
    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is no value; False if only a query can tell."""

    @abstractmethod
    def extrema(self) -> list[Statistics]:
        """Return count, missing, low and high, as floats or exact integers."""

    @abstractmethod
    def moments(self) -> list[Statistics]:
        """Return count, missing, mean and sample deviation, which is exactly 0 of a constant."""

    def quickly_standardized(self) -> Any:
        """Return the standardized data where that is simple, by n - 1, and None elsewhere."""
        return None

    @abstractmethod
    def summary(self) -> list[ColumnStatistics]:
        """Return name, type and all statistics of each feature."""

    @abstractmethod
    def distributions(self) -> list[Distribution | None]:
        """Return how the values of each feature are spread; None where they are not counted."""

    def measured(self) -> Measured:
        """Return what `summary` does, described later if that takes long."""
        columns = self.summary()
        return Measured(lambda: columns)

    def features(self, statistics: Sequence[Statistics]) -> Sequence[Statistics]:
        """Return statistics, of which each has one feature, in the form of this container."""
        return statistics

    def per_feature(self, statistics: Sequence[Statistics]) -> list[Statistics]:
        """Return count, missing, low and high of each feature, as Python numbers."""
        return list(statistics)

    def numpy_columns(self) -> list[Any]:
        """Return each feature as a NumPy array."""
        raise NotImplementedError

    @abstractmethod
    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        """Return count, missing, and two percentiles as low and high."""

    @abstractmethod
    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        """Return the data transformed by steps, as floats; missing values stay.

        `suspect` is called unless the results prove that all values are finite; with False if
        none is infinite.
        """

    @abstractmethod
    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        """Return the data with values beyond [low, high] replaced; missing values stay.

        `suspect` is called unless the results prove that no value is missing.
        """

    @abstractmethod
    def find(self, predicate: Predicate, limit: int) -> Places:
        """Return where a predicate holds, with the first `limit` places of each column."""

    @abstractmethod
    def any(self, predicate: Predicate) -> bool:
        """Tell whether a predicate holds anywhere."""

    def name_features(self, chosen: Sequence[Any]) -> str:
        """Name features of which `chosen` is true, if there are several; else return nothing.

        An entry of `chosen` is a bool of one feature, or an array of all.
        """
        if self.names is None:
            return ""
        return named_columns([n for n, is_chosen in zip(self.names, chosen) if is_chosen])


def are_dicts(data: Any) -> bool:
    """Tell whether data is a list of dicts."""
    return isinstance(data, (list, tuple)) and bool(data) and isinstance(data[0], dict)


def roots_of(data: Any) -> dict[str, None]:
    """Return the libraries that the type of data and its bases come from, in order."""
    kind: Any = type(data)
    return _roots(kind)


@lru_cache(maxsize=256)
def _roots(kind: Any) -> dict[str, None]:
    return dict.fromkeys(base.__module__.partition(".")[0] for base in kind.__mro__)


def checked_axis(axis: int | None, ndim: int) -> int | None:
    """Return the axis counted from the front.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If there is no such axis.
    """
    if axis is None:
        return None
    if not hasattr(axis, "__index__"):
        raise TypeError(f"axis must be an integer or None, got {described(axis)}")
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis must be from {-ndim} to {ndim - 1}, as data has, got {axis!r}")
    return axis % ndim


def named_columns(names: Sequence[Any]) -> str:
    """Name columns."""
    return f"{'columns' if len(names) > 1 else 'column'} {listed(names)}"


def feature_numbers(places: Sequence[int]) -> str:
    """Name features by their numbers, from 0."""
    return f"{'features' if len(places) > 1 else 'feature'} {listed(places)}"
