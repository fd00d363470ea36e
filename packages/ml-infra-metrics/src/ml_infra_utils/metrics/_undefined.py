"""The warning of a score that the data do not define."""

from __future__ import annotations

import sys
import warnings
from typing import Collection, Hashable, Sequence

from ml_infra_utils.metrics._words import described, listed, shortened

_PACKAGE = __name__.rpartition(".")[0]
_KINDS = (str, bytes, int)  # of classes; all others are one kind


class UndefinedMetricWarning(UserWarning):
    """A score that the data do not define, such as that of a class that never occurs."""


def warn_unseen(
    wanted: Hashable, classes: Sequence[Hashable], argument: str = "positive_class"
) -> None:
    """Warn of a class that was asked for and is not among the classes seen."""
    warn_undefined(f"{argument} {shortened(wanted)} never occurs; classes seen: {listed(classes)}")


def warn_not_chosen(classes: Sequence[Hashable], otherwise: str = "") -> None:
    """Warn of a positive class that is one of several and was not asked for."""
    warn(
        f"positive_class is 1 by default, one of the classes {listed(classes)}: pass "
        f"positive_class=1 if it is meant{otherwise}"
    )


def warn_of_kinds(
    pairs: Collection[tuple[Hashable, Hashable]], predictions: str = "predictions"
) -> None:
    """Warn if no prediction can be right, as labels are texts, say, and predictions are not."""
    if not pairs or any(label == prediction for label, prediction in pairs):
        return
    labels, guesses = (set(map(_kind_of, names)) for names in zip(*pairs))
    if labels.isdisjoint(guesses):
        label, guess = next(iter(pairs))
        declare = ", or declare classes=" if predictions == "predictions" else ""
        warn(
            f"{predictions} and labels should be classes of one kind, got {described(guess)} and "
            f"{described(label)}, which share no class: convert one of the two{declare}"
        )


def warn_no_label(curve: str, missing: str | None, named: str = "") -> None:
    """Warn of a curve that has rates among no labels, if there are none of a kind."""
    if missing is not None:
        warn_undefined(f"{curve} has rates that are nan: there is no {missing} label{named}")


def warn_undefined(message: str) -> None:
    """Warn of a score that the data do not define."""
    warn(message, UndefinedMetricWarning)


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the caller: the first one outside this package and its folders."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)


def _kind_of(name: Hashable) -> type:
    return next((kind for kind in _KINDS if isinstance(name, kind)), object)


def _is_ours(module: str) -> bool:
    return f"{module}.".startswith(f"{_PACKAGE}.")
