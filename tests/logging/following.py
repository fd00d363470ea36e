"""A log that changes while it is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging._reading.reader import open_events

if TYPE_CHECKING:
    from pathlib import Path


class EndOfPatienceError(Exception):
    pass


def followed(path: Path, steps: list[Callable[[], object]], **options: Any) -> list[str]:
    """What is read while one step is done whenever the reader waits."""
    remaining = iter(steps)

    def wait() -> None:
        for step in remaining:
            step()
            return
        raise EndOfPatienceError

    found: list[str] = []
    with pytest.raises(EndOfPatienceError):
        found.extend(event.message for event in open_events(path, wait=wait, **options))
    return found
