"""Values to be written, and the line that they come in."""

from __future__ import annotations

import dataclasses
import logging
from enum import Enum, IntEnum
from typing import Any

from ml_infra_utils.logging import JsonFormatter
from tests.logging.strictly import parse_ours


class Colour(Enum):
    RED = "red"
    DARK = (1, 2)


class Level(IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Config:
    rate: float
    layers: list[int]
    key: str = dataclasses.field(default="hidden", repr=False)


def record(value: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "train", "msg": "hello", "value": value})


def written(value: object, **options: Any) -> dict[str, Any]:
    """The whole line of a record with this value among its fields, strictly parsed."""
    return parse_ours(JsonFormatter(**options).format(record(value)))
