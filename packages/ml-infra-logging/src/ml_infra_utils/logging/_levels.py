"""Level names and numbers."""

from __future__ import annotations

import logging

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def level_number(level: object) -> int:
    """Give the number of a level that is a number or, in any case, a name.

    Names made with `logging.addLevelName` count too.
    """
    if isinstance(level, int) and not isinstance(level, bool):
        return level
    if isinstance(level, str):
        number = logging.getLevelName(level.upper())
        if isinstance(number, int):
            return number
    raise ValueError(
        f"Unknown log level {level!r}: expected a number or one of {', '.join(LEVELS)}"
    )
