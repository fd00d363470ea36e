"""Lines as a log holds them, and what is read of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ml_infra_utils.logging import read_events

if TYPE_CHECKING:
    from pathlib import Path


def line(message: str = "hello", **more: Any) -> str:
    moment = more.pop("timestamp", "2026-01-02T03:04:05.000000+00:00")
    data = {"timestamp": moment, "level": "INFO", "logger": "train", "message": message, **more}
    return json.dumps(data) + "\n"


def messages(path: Path, **options: Any) -> list[str]:
    return [event.message for event in read_events(path, **options)]


def numbered(*numbers: int, writer: str = "w") -> str:
    return "".join(line(str(n), _writer=writer, _sequence=n) for n in numbers)
