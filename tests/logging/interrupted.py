"""A line amid which something else is logged."""

from __future__ import annotations

from typing import Callable

from ml_infra_utils.logging._output.handlers import LineHandler


class Interrupted(LineHandler):
    """Keeps lines; amid the first one, something else happens."""

    def __init__(self, interrupt: Callable[[], object]) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._interrupt = interrupt

    def write(self, line: str) -> None:
        interrupt, self._interrupt = self._interrupt, bool
        interrupt()
        self.lines.append(line)
