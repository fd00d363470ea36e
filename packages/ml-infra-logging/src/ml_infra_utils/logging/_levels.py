"""Level names and numbers."""

from __future__ import annotations

import logging

# Names of other libraries; those of the standard library include WARN and FATAL.
FOREIGN = {"TRACE": 5, "NOTICE": 25, "SUCCESS": 25, "ERR": 40}
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


def severity(level: str) -> int:
    """Give the number of the level that a line names, by whatever library it was written.

    A level that nobody knows is the highest: nothing hides behind it.
    """
    number = level[6:] if level.startswith("Level ") else level
    if number.isascii() and number.isdecimal():
        return int(number[:9])
    name = level.strip().upper()
    try:
        return level_number(name)
    except ValueError:
        return FOREIGN.get(name, logging.CRITICAL)
