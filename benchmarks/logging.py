"""JSON logging: every kind of line to a file through a standard handler, next to the peers.

`python -m benchmarks.logging [--write]`; all candidates are asked for the same keys: time, level,
logger, message, module, function and line, and the extra fields. loguru and structlog have their
own loggers; they write to files of the same kind.
"""

from __future__ import annotations

import itertools
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import loguru
import numpy as np
import structlog
from pythonjsonlogger.json import JsonFormatter as PythonJsonFormatter
from pythonjsonlogger.msgspec import MsgspecFormatter
from pythonjsonlogger.orjson import OrjsonFormatter

from benchmarks.harness import OURS, Row, destination, race, report
from ml_infra_utils.logging import DurableFileHandler, JsonFormatter, StructuredLogger

PLAIN = "plain formatter"
PEER = "python-json-logger"
WANTED = "%(asctime)s %(levelname)s %(name)s %(message)s %(module)s %(funcName)s %(lineno)d"
STEP = {"epoch": 3, "loss": 0.2518, "stage": "train"}
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Kind:
    """A kind of line: what is logged, and the ratios to reach."""

    message: str
    fields: Callable[[], dict[str, Any]] = lambda: STEP
    arguments: tuple[object, ...] = ()
    bars: Mapping[str, float] = field(default_factory=lambda: {PEER: 1.0})


def event() -> dict[str, Any]:
    """What the line of an ML event holds beside its message."""
    context = {"event_type": "epoch_completed", "model_name": "resnet", "metrics": {"loss": 0.25}}
    return {
        "context": {**context, "epoch": 3},
        "run_id": "0123456789abcdef",
        "_schema": "ml-event/1",
    }


CONFIG = {"lr": 0.1, "layers": [64, 64], "optimizer": {"name": "adam", "betas": [0.9, 0.999]}}
TEXT = "the model was trained for ten epochs on the second machine, and its loss fell as wanted. "
KINDS = {
    "no extra field": Kind("epoch finished", dict, bars={PEER: 1.3}),
    "three extra fields": Kind("epoch finished", bars={PEER: 1.3}),
    "ten extra fields": Kind(
        "epoch finished", lambda: {f"metric_{n}": n / 7 for n in range(10)}, bars={PEER: 1.0}
    ),
    "% arguments": Kind("epoch %d finished in %.1f seconds", arguments=(3, 2.5)),
    "a colon": Kind("loading model: resnet50"),
    "a URL and a path": Kind(
        "GET https://api.example.com/v1/models?limit=10",
        lambda: {"path": "s3://bucket/experiments/run-17/model.pt", **STEP},
    ),
    "each another URL": Kind(
        "GET model",
        lambda: {"url": f"https://api.example.com/v1/models/{next(NUMBERS)}", **STEP},
    ),
    "non-ASCII": Kind("größe der menge", lambda: {**STEP, "stage": "länge ✓"}),
    "NumPy scalars": Kind(
        "epoch finished", lambda: {"epoch": np.int64(3), "loss": np.float32(0.25), "stage": "train"}
    ),
    "an array of 32": Kind("epoch finished", lambda: {**STEP, "weights": np.arange(32) / 7}),
    "nested dicts": Kind("epoch finished", lambda: {**STEP, "config": CONFIG}),
    "counts of tokens": Kind(
        "served", lambda: {"max_tokens": 512, "input_tokens": 17, "time_to_first_token": 0.25}
    ),
    "an ML event": Kind("ML Event: epoch_completed", event),
    "an exception": Kind("failed", lambda: {**STEP, "exc_info": True}),
    "a text of 500": Kind(TEXT * 6, bars={}),
    "a secret": Kind("login", lambda: {**STEP, "password": "hunter2"}, bars={}),
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


def tolerant(value: object) -> object:
    """What the peers are told to do with values of NumPy."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


Call = Callable[[], object]


def candidates(folder: Path) -> dict[str, Callable[[Kind], Call]]:
    """How each candidate logs a record of some kind."""
    loggers = {
        OURS: standard("ours", folder, JsonFormatter()),
        PLAIN: standard("plain", folder, logging.Formatter("%(message)s")),
        PEER: standard("pjl", folder, PythonJsonFormatter(WANTED, json_default=tolerant)),
        "python-json-logger, orjson": standard(
            "orjson", folder, OrjsonFormatter(WANTED, json_default=tolerant)
        ),
        "python-json-logger, msgspec": standard("msgspec", folder, MsgspecFormatter(WANTED)),
    }

    def by_standard(logger: logging.Logger, kind: Kind) -> Call:
        def call() -> None:
            extra = kind.fields()
            if extra.pop("exc_info", False):
                logger.info(kind.message, *kind.arguments, exc_info=ERROR, extra=extra)
            else:
                logger.info(kind.message, *kind.arguments, extra=extra)

        return call

    found = {name: partial(by_standard, logger) for name, logger in loggers.items()}
    structured, guru = structlog_logger(folder), loguru_logger(folder)

    def by_structlog(kind: Kind) -> Call:
        return lambda: structured.info(kind.message, *kind.arguments, **kind.fields())

    def by_loguru(kind: Kind) -> Call:
        message = kind.message % kind.arguments if kind.arguments else kind.message
        return lambda: guru.bind(**kind.fields()).info(message)

    return {**found, "structlog": by_structlog, "loguru": by_loguru}


def failure() -> Exception:
    """Raise and catch an exception, for its traceback."""
    try:
        return ZeroDivisionError(1 / 0)
    except ZeroDivisionError as error:
        return error


ERROR = failure()


def raced(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Race in many short samples: one that another process interrupts is then one of many.

    The harness collects garbage before each round, which leaves cold caches to whoever is first;
    so a second copy of ours is, which does not count.
    """
    seconds = race({"first": calls[OURS], **calls}, rounds=501, sample=0.0002)
    del seconds["first"]
    return seconds


def works(call: Call) -> bool:
    """Tell whether a candidate can log a kind of line at all."""
    try:
        call()
    except Exception:
        return False
    return True


def rows(folder: Path) -> list[Row]:
    found = candidates(folder)
    measured = []
    for name, kind in KINDS.items():
        calls = {candidate: make(kind) for candidate, make in found.items()}
        able = {candidate: call for candidate, call in calls.items() if works(call)}
        measured.append(Row(f"line with {name}", raced(able), kind.bars))
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
            OURS: lambda logger=logger: logger.info("epoch finished", **STEP),
            PLAIN: lambda: plain.info("epoch finished", extra=STEP),
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
    into = destination("logging")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = [*rows(folder), *own_rows(folder), import_row()]
        report("ml-infra-logging", measured, into=into)
        logging.shutdown()


if __name__ == "__main__":
    main()
