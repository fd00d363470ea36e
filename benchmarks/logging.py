"""JSON logging: a record to a file through the standard library's handler, next to its peers.

`python -m benchmarks.logging [--write]`; all candidates are asked for the same keys: time, level,
logger, message, module, function and line, and the extra fields. loguru and structlog have their
own loggers; they write to files of the same kind.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import loguru
import structlog
from pythonjsonlogger.json import JsonFormatter as PythonJsonFormatter
from pythonjsonlogger.msgspec import MsgspecFormatter
from pythonjsonlogger.orjson import OrjsonFormatter

from benchmarks.harness import OURS, Row, race, report
from ml_infra_utils.logging import DurableFileHandler, JsonFormatter, StructuredLogger

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = "plain formatter"
WANTED = "%(asctime)s %(levelname)s %(name)s %(message)s %(module)s %(funcName)s %(lineno)d"
MESSAGE = "epoch finished"
FIELDS: dict[str, dict[str, Any]] = {
    "no extra field": {},
    "three extra fields": {"epoch": 3, "loss": 0.2518, "stage": "train"},
    "ten extra fields": {f"metric_{number}": number / 7 for number in range(10)},
}
PEERS = {"python-json-logger": 1.6, "python-json-logger, orjson": 1.2}
BARS = {
    "no extra field": {PLAIN: 1 / 1.05, **PEERS},
    "three extra fields": {PLAIN: 1 / 1.25, **PEERS},
    "ten extra fields": {},
}


def standard(name: str, folder: Path, formatter: logging.Formatter) -> logging.Logger:
    handler = logging.FileHandler(folder / f"{name}.jsonl")
    handler.setFormatter(formatter)
    logger = logging.Logger(name)
    logger.addHandler(handler)
    return logger


def loguru_logger(folder: Path) -> Any:
    loguru.logger.remove()
    loguru.logger.add(folder / "loguru.jsonl", serialize=True)
    return loguru.logger


def structlog_logger(folder: Path) -> Any:
    parameters = structlog.processors.CallsiteParameter
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.CallsiteParameterAdder(
                [parameters.MODULE, parameters.FUNC_NAME, parameters.LINENO]
            ),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory((folder / "structlog.jsonl").open("w")),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()


def candidates(folder: Path) -> dict[str, Callable[[dict[str, Any]], Callable[[], object]]]:
    """How each candidate logs a record with some fields."""
    loggers = {
        OURS: standard("ours", folder, JsonFormatter()),
        PLAIN: standard("plain", folder, logging.Formatter("%(message)s")),
        "python-json-logger": standard("pjl", folder, PythonJsonFormatter(WANTED)),
        "python-json-logger, orjson": standard("orjson", folder, OrjsonFormatter(WANTED)),
        "python-json-logger, msgspec": standard("msgspec", folder, MsgspecFormatter(WANTED)),
    }

    def by_standard(logger: logging.Logger) -> Callable[[dict[str, Any]], Callable[[], object]]:
        return lambda fields: lambda: logger.info(MESSAGE, extra=fields)

    found = {name: by_standard(logger) for name, logger in loggers.items()}
    structured, guru = structlog_logger(folder), loguru_logger(folder)
    found["structlog"] = lambda fields: lambda: structured.info(MESSAGE, **fields)
    found["loguru"] = lambda fields: lambda: guru.bind(**fields).info(MESSAGE)
    return found


def raced(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Race in many short samples: one that another process interrupts is then one of many.

    The harness collects garbage before each round, which leaves cold caches to whoever is first;
    so a second copy of ours is, which does not count.
    """
    seconds = race({"first": calls[OURS], **calls}, rounds=1_001, sample=0.0002)
    del seconds["first"]
    return seconds


def rows(folder: Path) -> list[Row]:
    found = candidates(folder)
    measured = []
    for job, fields in FIELDS.items():
        seconds = raced({name: make(fields) for name, make in found.items()})
        measured.append(Row(f"record to a file, {job}", seconds, BARS[job]))
    return measured


def own_rows(folder: Path) -> list[Row]:
    """What our own logger and handlers cost, next to the plain formatter.

    Not the queue: its thread would write in the time of the others.
    """
    plain = standard("own-plain", folder, logging.Formatter("%(message)s"))
    handlers = {
        "StructuredLogger, stock handler": logging.FileHandler(folder / "stock.jsonl"),
        "StructuredLogger, DurableFileHandler": DurableFileHandler(folder / "durable.jsonl"),
        "StructuredLogger, rotation": DurableFileHandler(folder / "rotated.jsonl", max_bytes=10**8),
    }
    measured = []
    for job, handler in handlers.items():
        logger = StructuredLogger(job, handler=handler)
        calls = {
            OURS: lambda logger=logger: logger.info(MESSAGE, **FIELDS["three extra fields"]),
            PLAIN: lambda: plain.info(MESSAGE, extra=FIELDS["three extra fields"]),
        }
        measured.append(Row(job, raced(calls)))
    return measured


def import_row() -> Row:
    """Seconds that an import takes in a fresh interpreter, beyond starting it."""

    def start(code: str) -> float:
        program = (
            f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", program], check=True, stdout=subprocess.PIPE, text=True
        )
        return float(done.stdout)

    modules = {
        OURS: "ml_infra_utils.logging",
        "logging": "logging",
        "python-json-logger": "pythonjsonlogger.json",
        "structlog": "structlog",
        "loguru": "loguru",
    }
    times: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(11):
        for name, module in modules.items():
            times[name].append(start(f"import {module}"))
    return Row("import", {name: median(samples) for name, samples in times.items()})


def main() -> None:
    docs = Path(__file__).parents[1] / "docs" / "benchmarks" / "logging"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = [*rows(folder), *own_rows(folder), import_row()]
        report("ml-infra-logging", measured, into=docs if "--write" in sys.argv else None)
        logging.shutdown()


if __name__ == "__main__":
    main()
