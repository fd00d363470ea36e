"""A clipper of outliers: fitted once and applied often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ml_infra_utils.preprocessing._parameters import METHODS, check_choice, check_percentiles
from ml_infra_utils.preprocessing._percentile_base import PercentileEstimator
from ml_infra_utils.preprocessing._policies import apply_nan_policy, check_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from ml_infra_utils.preprocessing._containers.base import Container, Suspect
    from ml_infra_utils.preprocessing._statistics import Statistics

__all__ = ["OutlierClipper"]


class OutlierClipper(PercentileEstimator):
    """Replace values beyond two percentiles of the fit by these percentiles, feature by feature.

    By default the percentiles are exact, so that a fit needs all data in memory at once, and fitted
    clippers do not merge. With `sketch_size` a KLL quantile sketch (Karnin, Lang and Liberty, 2016)
    of Apache DataSketches is kept instead, which needs the extra `sketch`. It takes data in parts,
    and it merges: `a + b` and `sum(parts)` are `a.merge(b)`. The ranks of its percentiles are off
    by at most `rank_error_`, with 99 % confidence. Or `fit_summary` takes the sum of the summaries
    of the parts, whose percentiles are off by at most 1 %.

    Parameters
    ----------
    lower_percentile, upper_percentile : float, default 5 and 95
        In percent, 0 <= lower < upper <= 100.
    method : {"nearest_rank", "linear"}, default "nearest_rank"
        How percentiles are taken, as in `clip_outliers`. A sketch has nearest ranks only.
    sketch_size : int, optional
        The parameter k of a sketch, from 8 to 65535. The rank error is 1.33 % for 200, and 0.15 %
        for 2000.
    columns : str or sequence of str, optional
        The columns of a frame to clip, by default all, which must be numeric. The others pass
        through as they are. They are found by name, wherever they stand.
    nan_policy : {"raise", "omit", "propagate"}, default "raise"
        Missing values are an error; or they stay and are left out of the fit; or one in the fit
        makes all results of its feature NaN.

    Attributes
    ----------
    lower_bounds_, upper_bounds_ : array of shape (n_features,)
        The percentiles. They are tuples where NumPy is not installed.
    rank_error_ : float
        By how much the rank of a bound may be off, as a share of all values; 0.0 if it is exact.
    sketches_ : tuple of bytes, or None
        The sketch of each feature; None if there is none.
    errors_ : array of shape (n_features,), or None
        By how much a percentile may be off, in the unit of the feature, after `fit_summary`.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only if the data of the fit had names.

    Examples
    --------
    >>> import numpy as np
    >>> clipper = OutlierClipper(0, 75).fit(np.array([[1], [2], [3], [900]]))
    >>> clipper.transform(np.array([[2], [500]]))
    array([[2],
           [3]])
    """

    _kind = "outlier-clipper"
    _entries: ClassVar[Mapping[str, str]] = {"lower_bounds": "low", "upper_bounds": "high"}
    _is_finite = False

    def __init__(
        self,
        lower_percentile: float = 5,
        upper_percentile: float = 95,
        *,
        method: Literal["nearest_rank", "linear"] = "nearest_rank",
        sketch_size: int | None = None,
        columns: str | Sequence[str] | None = None,
        nan_policy: Literal["raise", "omit", "propagate"] = "raise",
    ) -> None:
        self.lower_percentile = lower_percentile
        self.upper_percentile = upper_percentile
        self.method = method
        self.sketch_size = sketch_size
        self.columns = columns
        self.nan_policy = nan_policy

    def transform(self, X: Any) -> Any:
        """Clip data of the features of the fit.

        Parameters
        ----------
        X : array, frame, query of an engine, dict, list of dicts, or list of rows
            Shape (n_samples, n_features). Dicts are read by feature name, and keep other keys.
            Infinities are numbers here.

        Returns
        -------
        The kind of `X`
            Or the kind that `set_output` names, except for dicts. A lazy frame stays lazy.

        Raises
        ------
        ValueError
            If the features are not those of the fit, or values are missing and nan_policy is
            "raise". A lazy frame is not searched for such values.
        """

        def clipped(container: Container, suspect: Suspect | None) -> Any:
            bounds = container.features(self._columns)
            if self.nan_policy != "propagate":
                check_known(container, [each.low != each.low for each in bounds], "transform")
            return container.clip(bounds, suspect)

        return self._applied(X, clipped, finite=False)

    @property
    def lower_bounds_(self) -> Any:
        """The lower percentile of each feature."""
        return self._figures("low")

    @property
    def upper_bounds_(self) -> Any:
        """The upper percentile of each feature."""
        return self._figures("high")

    def _check_params(self) -> None:
        super()._check_params()
        check_percentiles(self.lower_percentile, self.upper_percentile)
        check_choice("method", self.method, METHODS)
        if self.sketch_size is not None and self.method != "nearest_rank":
            raise ValueError(
                f"method must be 'nearest_rank' where there is a sketch, got {self.method!r}"
            )

    @property
    def _method(self) -> str:  # type: ignore[override]
        return self.method

    def _percents(self) -> Mapping[str, float]:
        return {"low": self.lower_percentile, "high": self.upper_percentile}

    def _exact(self, container: Container) -> list[Statistics]:
        bounds = container.bounds(self.lower_percentile, self.upper_percentile, self.method)
        known = apply_nan_policy(container, bounds, self.nan_policy, "fit", finite=False)
        return container.per_feature(known)
