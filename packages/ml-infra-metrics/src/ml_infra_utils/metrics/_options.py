"""Options that several scores have: refuse what is unknown."""

from __future__ import annotations

import numbers
from typing import Any, Iterable

from ml_infra_utils.metrics._words import described, listed, nearest


class _Class(int):
    """A class that nobody chose: it is told from the same one that somebody did."""


class _Score(float):
    """A score that nobody chose, likewise."""


CLASS_BY_DEFAULT = _Class(1)
SCORE_BY_DEFAULT = _Score(0.0)


def check_choice(name: str, value: Any, choices: Iterable[Any], purpose: str = "") -> None:
    """Raise unless the value of an option is one of the choices, which the error names."""
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(
            f"{name} must be one of {listed(choices)}{purpose}, got {described(value)}"
            f"{nearest(value, choices)}"
        )


def check_zero_division(value: Any) -> None:
    """Raise unless it is 0.0, 1.0 or nan."""
    if not (value in (0, 1) or value != value):
        raise ValueError(f"zero_division must be 0.0, 1.0 or nan, got {described(value)}")


def check_confidence(value: Any) -> None:
    """Raise unless it is a number between 0 and 1."""
    if not (_is_real(value) and 0 < value < 1):
        raise ValueError(
            f"confidence must be between 0 and 1, for instance 0.95, got {described(value)}"
        )


def check_beta(value: Any) -> None:
    """Raise unless it is a number of at least 0, which may be infinite."""
    if not (_is_real(value) and value >= 0):
        raise ValueError(f"beta must be a number of at least 0, got {described(value)}")


def check_threshold(value: Any) -> None:
    """Raise unless it is a number in [0, 1]."""
    if not (_is_real(value) and 0 <= value <= 1):
        raise ValueError(f"threshold must be in [0, 1], got {described(value)}")


def check_alpha(value: Any) -> None:
    """Raise unless it is a number in [0, 1]."""
    if not (_is_real(value) and 0 <= value <= 1):
        raise ValueError(f"alpha must be in [0, 1], got {described(value)}")


def check_share(name: str, value: Any) -> None:
    """Raise unless it is a number above 0 and at most 1."""
    if not (_is_real(value) and 0 < value <= 1):
        raise ValueError(f"{name} must be above 0 and at most 1, got {described(value)}")


def check_limit(name: str, value: Any) -> None:
    """Raise unless it is a number of at least 0, or None for no limit."""
    if value is not None and not (_is_real(value) and value >= 0):
        raise ValueError(f"{name} must be a number of at least 0 or None, got {described(value)}")


def check_margin(value: Any) -> float:
    """Return a loss that does not matter; raise unless it is at least 0 and below 1."""
    if not (_is_real(value) and 0 <= value < 1):
        raise ValueError(
            f"margin must be at least 0 and below 1, for instance 0.01, got {described(value)}"
        )
    return float(value)


def refuse_weights(sample_weight: object) -> None:
    """Raise if a comparison of two models is given weights."""
    if sample_weight is not None:
        raise ValueError(
            f"sample_weight must be None for a comparison, got a {type(sample_weight).__name__}: "
            "its test and its interval count examples, and are not known to hold for weights; "
            "compare slices of examples by by=, or weighted scores by themselves"
        )


def _is_real(value: object) -> bool:
    return isinstance(value, numbers.Real)
