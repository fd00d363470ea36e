"""Limits of figures, as options such as ``--fail-over psi=0.25`` give them.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.preprocessing._commands.running import CommandError
from ml_infra_utils.preprocessing._words import listed, nearest

if TYPE_CHECKING:
    from typing import Collection, Sequence


def limits_of(texts: Sequence[str], option: str, names: Collection[str]) -> dict[str, float]:
    """Return the limits of an option by the name of the figure.

    Raises
    ------
    CommandError
        If a text is no NAME=NUMBER, or no figure has the name.
    """
    limits = {}
    for text in texts:
        name, _, number = text.partition("=")
        limit = _number(number)
        if limit is None:
            raise CommandError(f"{option} must be NAME=NUMBER, got {text!r}")
        limits[meant(name.strip(), names, option)] = limit
    return limits


def meant(name: str, names: Collection[str], option: str) -> str:
    """Return the name that is meant: itself, or the only one that it is a part of."""
    if name in names:
        return name
    begin = [each for each in names if name and each.startswith(name)]
    alike = begin or [each for each in names if name and name in each]
    if len(alike) == 1:
        return alike[0]
    raise CommandError(
        f"{option} must name one of {listed(names)}, got {name!r}{nearest(name, names)}"
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None
