"""The bar on a terminal that shows how far a loop is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import ClassVar


class Bar:
    """What is drawn on standard error; it is wiped out before a line of the log comes there."""

    columns: ClassVar[int] = 0

    @classmethod
    def draw(cls, text: str) -> None:
        """Draw it, over what was drawn before."""
        before, cls.columns = cls.columns, len(text)
        _write(text.ljust(before))

    @classmethod
    def wipe(cls) -> None:
        """Wipe it out."""
        before, cls.columns = cls.columns, 0
        _write(" " * before)


def _write(text: str) -> None:
    try:
        sys.stderr.write(text + "\r")
        sys.stderr.flush()
    except (OSError, ValueError):
        # The terminal is gone; the loop is not.
        return
