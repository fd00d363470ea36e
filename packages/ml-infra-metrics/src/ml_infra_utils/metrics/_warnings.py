"""The warning of a score that the data do not define."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Hashable, Sequence

_PACKAGE = str(Path(__file__).parent) + os.sep


class UndefinedMetricWarning(UserWarning):
    """A score that the data do not define, such as that of a class that never occurs."""


def warn_unseen(positive_class: Hashable, classes: Sequence[Hashable]) -> None:
    """Warn of a positive class that is not among the classes seen."""
    warn_undefined(
        f"positive_class {positive_class!r} never occurs; classes seen: {_listed(classes)}"
    )


def _listed(classes: Sequence[Hashable], most: int = 20) -> str:
    shown = ", ".join(map(repr, classes[:most]))
    return f"{shown}, and {len(classes) - most} more" if len(classes) > most else shown


def warn_undefined(message: str) -> None:
    """Warn at the line of the caller: the first one outside the folder of this package."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    warnings.warn(message, UndefinedMetricWarning, stacklevel=level)
