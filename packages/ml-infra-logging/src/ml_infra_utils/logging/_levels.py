"""Level names and numbers."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from weakref import WeakSet

from ml_infra_utils.logging._words import described, nearest

# Names of other libraries; those of the standard library include WARN and FATAL.
FOREIGN = {"TRACE": 5, "NOTICE": 25, "SUCCESS": 25, "ERR": 40}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Sets the level where the program does not.
VARIABLE = "ML_INFRA_LOG_LEVEL"
# Loggers that have INFO because nobody has said a level; `configure` has them follow its own.
undecided: WeakSet[logging.Logger] = WeakSet()


def level_of_environment() -> int:
    """Give the level that the environment says; INFO if it says none."""
    given = os.environ.get(VARIABLE, "")
    return level_number(given, f"environment variable {VARIABLE}") if given else logging.INFO


def level_numbers(levels: Mapping[str, int | str]) -> dict[str, int]:
    """Give the number of the level of each logger that is named."""
    if not isinstance(levels, Mapping):
        raise TypeError(
            "levels must be a mapping of names of loggers to levels, such as "
            f"{{'uvicorn.access': 'WARNING'}}, got {described(levels)}"
        )
    for name in levels:
        if not isinstance(name, str):
            raise TypeError(f"levels must have names of loggers as keys, got {described(name)}")
    return {name: level_number(level, f"levels[{name!r}]") for name, level in levels.items()}


def decide(logger: logging.Logger, level: int) -> None:
    """Set the level of a logger for good."""
    undecided.discard(logger)
    logger.setLevel(level)


def level_number(level: object, where: str = "level") -> int:
    """Give the number of a level that is a number or, in any case, a name.

    Names made with `logging.addLevelName` count too.
    """
    if isinstance(level, int) and not isinstance(level, bool):
        return level
    number = number_of_name(level) if isinstance(level, str) else None
    if number is None:
        raise ValueError(
            f"{where} must be a number or one of {', '.join(LEVELS)}, got {described(level)}"
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
