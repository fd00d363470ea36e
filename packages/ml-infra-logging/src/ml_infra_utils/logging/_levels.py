"""Level names and numbers."""

from __future__ import annotations

import logging

from ml_infra_utils.logging._words import described, nearest

# Names of other libraries; those of the standard library include WARN and FATAL.
FOREIGN = {"TRACE": 5, "NOTICE": 25, "SUCCESS": 25, "ERR": 40}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def level_number(level: object) -> int:
    """Give the number of a level that is a number or, in any case, a name.

    Names made with `logging.addLevelName` count too.
    """
    if isinstance(level, int) and not isinstance(level, bool):
        return level
    number = number_of_name(level) if isinstance(level, str) else None
    if number is None:
        raise ValueError(
            f"level must be a number or one of {', '.join(LEVELS)}, got {described(level)}"
            f"{nearest(level, LEVELS)}"
        )
    return number


def number_of_name(name: str) -> int | None:
    """Give the number of a level's name, or of the text of a number: "info", "Level 15", "30"."""
    number = logging.getLevelName(name.upper())
    if isinstance(number, int):
        return number
    digits = name.lower().replace("level ", "", 1)
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None


def severity(level: str) -> int:
    """Give the number of the level that a line names, by whatever library it was written.

    A level that nobody knows is the highest, so that it is not left out.
    """
    number = number_of_name(level)
    return FOREIGN.get(level.upper(), logging.CRITICAL) if number is None else number
