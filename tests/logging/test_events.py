from __future__ import annotations

import asyncio
import logging
import math
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Dict

import jsonschema
import numpy as np
import pytest

from ml_infra_utils import logging as package
from ml_infra_utils.logging import (
    StructuredLogger,
    data_validated,
    epoch_completed,
    log_ml_event,
    ml_event_schema,
    prediction_served,
    training_completed,
    training_run,
    training_started,
)
from tests.logging.hostile import HOSTILE
from tests.logging.strictly import altered

if TYPE_CHECKING:
    from tests.logging.conftest import Lines


@pytest.fixture
def logger() -> StructuredLogger:
    return StructuredLogger("train")


validator = jsonschema.Draft202012Validator(ml_event_schema())


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(ml_event_schema())


HELPERS: list[tuple[Callable[[StructuredLogger], None], dict[str, Any]]] = [
    (
        lambda logger: training_started(logger, "m", {"lr": 0.1}, seed=1),
        {"event_type": "training_started", "params": {"lr": 0.1}, "seed": 1},
    ),
    (
        lambda logger: epoch_completed(logger, "m", 3, {"loss": 0.5}, seconds=2.0),
        {"event_type": "epoch_completed", "metrics": {"loss": 0.5}, "epoch": 3, "seconds": 2.0},
    ),
    (
        lambda logger: training_completed(logger, "m", {"f1": 0.9}, seconds=2.0),
        {"event_type": "training_completed", "metrics": {"f1": 0.9}, "seconds": 2.0},
    ),
    (
        lambda logger: prediction_served(logger, "m", seconds=0.1, count=3),
        {"event_type": "prediction_served", "seconds": 0.1, "count": 3},
    ),
    (
        lambda logger: data_validated(logger, "m", "train.csv", valid=False, rows=5, missing=2),
        {
            "event_type": "data_validated",
            "dataset": "train.csv",
            "valid": False,
            "rows": 5,
            "missing": 2,
        },
    ),
    (lambda logger: log_ml_event(logger, "other", "m"), {"event_type": "other"}),
    *(
        (lambda logger, kind=kind: log_ml_event(logger, kind, "m"), {"event_type": kind})
        for kind in ("training_started", "epoch_completed", "prediction_served", "data_validated")
    ),
]


@pytest.mark.parametrize(("log", "expected"), HELPERS)
def test_event_keeps_the_schema_and_names_its_caller(
    log: Callable[[StructuredLogger], None],
    expected: dict[str, Any],
    logger: StructuredLogger,
    lines: Lines,
) -> None:
    log(logger)
    (line,) = lines()
    validator.validate(line)
    assert {"model_name": "m", "metrics": {}, **expected} == line["context"]
    assert f"ML Event: {expected['event_type']}" == line["message"]
    assert ("INFO", "<lambda>", "ml-event/1") == (line["level"], line["function"], line["_schema"])


@pytest.mark.parametrize(
    "broken",
    [
        {"message": "hello"},
        {"context": {}},
        {"context": {"event_type": "other", "model_name": "m", "metrics": 0.5}},
        {
            "context": {
                "event_type": "epoch_completed",
                "model_name": "m",
                "metrics": {},
                "epoch": "1",
            }
        },
        {"_schema": "ml-event/2"},
        {"timestamp": "yesterday"},
    ],
)
def test_schema_refuses_what_is_no_event(
    broken: dict[str, Any], logger: StructuredLogger, lines: Lines
) -> None:
    log_ml_event(logger, "other", "m")
    (line,) = lines()
    assert not validator.is_valid({**line, **broken})


def test_metrics_that_are_not_finite_are_null(logger: StructuredLogger, lines: Lines) -> None:
    metrics = {
        "a": math.nan,
        "b": math.inf,
        "c": np.float32("-inf"),
        "d": np.float64(0.5),
        "e": "nan",
        "f": None,
        "g": [math.nan, {"validation": math.inf}],
        "h": True,
    }
    log_ml_event(logger, "other", "m", metrics)
    (line,) = lines()
    validator.validate(line)
    expected = {
        "a": None,
        "b": None,
        "c": None,
        "d": 0.5,
        "e": "nan",
        "f": None,
        "g": [None, {"validation": None}],
        "h": 1.0,
    }
    assert expected == line["context"]["metrics"]
    assert {
        "context.metrics.a": "NaN",
        "context.metrics.b": "Infinity",
        "context.metrics.c": "-Infinity",
        "context.metrics.g.0": "NaN",
        "context.metrics.g.1.validation": "Infinity",
    } == altered(line)


@pytest.mark.parametrize("value", [3, True, np.int64(3), Decimal("3"), 10**400])
def test_metric_is_written_as_a_float(
    value: object, logger: StructuredLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    log_ml_event(logger, "other", "m", {"loss": value})
    expected = "null" if value == 10**400 else repr(float(value))  # type: ignore[arg-type] # a number
    assert f'"metrics": {{"loss": {expected}}}' in capsys.readouterr().out


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_metrics_are_no_error(name: str, logger: StructuredLogger, lines: Lines) -> None:
    log_ml_event(logger, "other", "m", HOSTILE[name]())  # type: ignore[arg-type] # any object
    log_ml_event(logger, "other", "m", {"loss": HOSTILE[name]()})
    assert 2 == len(lines())


def test_no_more_metrics_are_looked_at_than_a_line_has(logger: StructuredLogger) -> None:
    looks = count()

    class Metric:
        def __float__(self) -> float:
            return float(next(looks))

    log_ml_event(logger, "other", "m", {"losses": [[[Metric()] * 100] * 100] * 100})
    assert 19_000 < next(looks) < 21_000


def test_run_has_an_id_a_duration_and_an_outcome(logger: StructuredLogger, lines: Lines) -> None:
    with training_run(logger, "m", lr=0.1, logger="mine") as run:
        run.epoch_completed(1, {"loss": 0.5, "f1": 0.1})
        logger.info("inside")
        run.epoch_completed(2, {"loss": 0.25})
    logger.info("outside")
    *inside, outside = lines()
    started, first, _, second, completed = inside
    assert {run.run_id} == {line["run_id"] for line in inside}
    assert "run_id" not in outside
    assert {"lr": 0.1, "logger": "mine"} == started["context"]["params"]
    assert [1, 2] == [line["context"]["epoch"] for line in (first, second)]
    assert "succeeded" == completed["context"]["outcome"]
    assert {"loss": 0.25, "f1": 0.1} == completed["context"]["metrics"]
    assert 0 <= completed["context"]["seconds"] < 10
    here = "test_run_has_an_id_a_duration_and_an_outcome"
    assert {here} == {line["function"] for line in inside}
    for line in (started, first, second, completed):
        validator.validate(line)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ValueError("no"), "failed"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(1), "interrupted"),
    ],
)
def test_run_that_fails_says_so_and_lets_the_error_pass(
    error: BaseException, outcome: str, logger: StructuredLogger, lines: Lines
) -> None:
    with pytest.raises(type(error)), training_run(logger, "m"):
        raise error
    _, completed = lines()
    validator.validate(completed)
    assert ("ERROR", outcome) == (completed["level"], completed["context"]["outcome"])
    assert type(error).__name__ == completed["exception"]["type"]


def test_runs_nest(logger: StructuredLogger, lines: Lines) -> None:
    with training_run(logger, "outer") as outer, training_run(logger, "inner") as inner:
        logger.info("inside")
    found = [(line["run_id"], line.get("parent_run_id")) for line in lines()]
    outside, inside = (outer.run_id, None), (inner.run_id, outer.run_id)
    assert [outside, inside, inside, inside, outside] == found


def test_helpers_are_public() -> None:
    assert {"training_run", "training_started", "data_validated"} <= set(package.__all__)


class Unreadable(Dict[str, object]):
    """Says nothing of what it holds."""

    def keys(self) -> Any:
        raise ValueError("no")

    items = __iter__ = keys


def test_metrics_of_an_epoch_that_cannot_be_read_do_not_end_the_run(lines: Lines) -> None:
    with training_run(StructuredLogger("train"), "resnet") as run:
        run.epoch_completed(1, Unreadable(loss=0.5))
    assert {} == run.metrics
    assert 3 == len(lines())


def test_metrics_of_an_epoch_that_are_no_mapping_do_not_end_the_run(lines: Lines) -> None:
    with training_run(StructuredLogger("train"), "resnet") as run:
        run.epoch_completed(1, [0.5])  # type: ignore[arg-type] # that is what is tested
    assert [0.5] == lines()[1]["context"]["metrics"]


@pytest.mark.parametrize("name", ["event_type", "model_name", "metrics", "epoch"])
def test_field_named_as_a_key_of_the_event_is_kept_renamed(name: str, lines: Lines) -> None:
    with training_run(StructuredLogger("train"), "m") as run:
        fields: dict[str, Any] = {name: "mine", "logger": "x", "self": "y"}
        if name in ("metrics", "epoch"):
            fields.pop(name)
        run.epoch_completed(1, {"loss": 0.5}, **fields)
    event = lines()[1]
    validator.validate(event)
    context = event["context"]
    assert ("epoch_completed", "m", {"loss": 0.5}, 1) == tuple(
        context[key] for key in ("event_type", "model_name", "metrics", "epoch")
    )
    assert ("x", "y") == (context["logger"], context["self"])
    if name in fields:
        assert "mine" == context[f"{name}_"]
        assert {f"context.{name}_": f"renamed from {name}"} == altered(event)


def test_metrics_of_an_event_without_metrics_are_kept_renamed(lines: Lines) -> None:
    training_started(StructuredLogger("train"), "m", {"lr": 0.1}, metrics=5)
    (line,) = lines()
    validator.validate(line)
    assert ({}, 5) == (line["context"]["metrics"], line["context"]["metrics_"])


def test_parameters_that_are_an_array_are_written(lines: Lines) -> None:
    training_started(StructuredLogger("train"), "m", np.array([1, 2]))  # type: ignore[arg-type] # any object
    assert [1, 2] == lines()[0]["context"]["params"]


@pytest.mark.parametrize("epoch", [1, 1.5])
def test_epoch_may_be_a_part_of_one(epoch: float, lines: Lines) -> None:
    epoch_completed(StructuredLogger("train"), "m", epoch)  # type: ignore[arg-type] # as some trainers do
    (line,) = lines()
    validator.validate(line)


def test_logger_of_the_standard_library_is_an_error_that_says_what_is_wanted() -> None:
    with pytest.raises(TypeError, match="logger must be a StructuredLogger, got the standard"):
        log_ml_event(logging.getLogger("train"), "other", "m")  # type: ignore[arg-type] # the mistake


def test_run_in_a_generator_that_another_task_closes_ends_in_peace(lines: Lines) -> None:
    async def epochs() -> AsyncIterator[int]:
        with training_run(StructuredLogger("train"), "m"):
            yield 1

    async def main() -> None:
        generator = epochs()
        await asyncio.ensure_future(generator.__anext__())
        await asyncio.ensure_future(generator.aclose())  # type: ignore[attr-defined] # a generator has it
        StructuredLogger("train").info("after")

    asyncio.run(main())
    _, completed, after = lines()
    assert "training_completed" == completed["context"]["event_type"]
    assert "run_id" not in after


def test_run_is_entered_once(lines: Lines) -> None:
    run = training_run(StructuredLogger("train"), "m")
    with run, pytest.raises(RuntimeError, match="make one for each run"):
        run.__enter__()
    StructuredLogger("train").info("after")
    assert "run_id" not in lines()[-1]
