"""What reads lines of JSON reads ours, all of a file, each key with one type."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path
from pkgutil import get_data
from typing import Any

import jq
import jsonschema
import numpy as np
import pandas
import polars
import pytest

from ml_infra_utils.logging import (
    DurableFileHandler,
    EcsFormatter,
    JsonFormatter,
    StructuredLogger,
    log_ml_event,
    training_run,
)
from ml_infra_utils.logging._levels import LEVELS
from tests.logging.hostile import HOSTILE, SHORT_LINE
from tests.logging.strictly import SCHEMA, VALIDATOR, parse

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "log-a-run-and-a-service.md"

# Values of one key, as a program may log them, each time of the same kind.
KEYS: dict[str, list[Any]] = {
    "loss": [0.5, float("nan"), np.float32("inf"), None],
    "count": [1, np.int64(2), 2**70, None],
    "weights": [np.arange(3) / 7, np.arange(64) / 7, np.arange(65) / 7, np.array([])],
    "image": [np.zeros((2, 2)), np.zeros((90, 90)), np.zeros((0, 3)), np.zeros((8, 9))],
    "note": ["a", "x" * 40_000, "\ud800", "password=x"],
    "password": ["x", None, "y", "z"],
    "config": [{"lr": 0.1}, {"lr": float("nan")}, {"lr": np.float64(1)}, {"lr": None}],
    "tags": [["a"], [], ["b", "token=x"], [str(n) for n in range(2_000)]],
    "labels": [pandas.Series(["a", "b", "a"]).value_counts()] * 4,
}


def fail(depth: int) -> None:
    if depth:
        fail(depth - 1)
    raise ValueError("no loss")


@pytest.fixture
def log(path: Path) -> Path:
    """A log of all that a line can have."""
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    for index in range(4):
        logger.info("epoch %d", index, **{key: values[index] for key, values in KEYS.items()})
        log_ml_event(logger, "epoch_completed", "m", {"loss": [1, 0.5, True, float("nan")][index]})
        try:
            try:
                fail(200 * (index % 2))
            except ValueError as error:
                raise KeyError("x") from error
        except KeyError:
            logger.exception("failed")
    logger.info("%d", "x")
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [parse(line) for line in path.read_text().splitlines()]


def kinds(value: object, path: str = "") -> set[tuple[str, str]]:
    """Tell the type at each path; those of lists are one."""
    if isinstance(value, dict):
        inner = [kinds(item, f"{path}.{key}") for key, item in value.items()]
        return {(path, "object")}.union(*inner)
    if isinstance(value, list):
        return {(path, "array")}.union(*(kinds(item, f"{path}[]") for item in value))
    if value is None:
        return set()
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {(path, "number" if number else type(value).__name__)}


def test_each_key_has_one_type_in_all_lines(log: Path) -> None:
    found: dict[str, set[str]] = {}
    for line in lines_of(log):
        for path, kind in kinds(line):
            found.setdefault(path, set()).add(kind)
    assert {} == {path: several for path, several in found.items() if len(several) > 1}


def test_schema_is_one_and_its_examples_and_all_lines_satisfy_it(log: Path) -> None:
    schema = json.loads(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(schema)
    for line in [*schema["examples"], *lines_of(log)]:
        VALIDATOR.validate(line)


@pytest.mark.parametrize("name", HOSTILE)
def test_line_of_a_hostile_object_satisfies_the_schema(name: str) -> None:
    made = logging.makeLogRecord(
        {"name": "train", "msg": HOSTILE[name](), "value": HOSTILE[name]()}
    )
    VALIDATOR.validate(parse(JsonFormatter(max_line=SHORT_LINE).format(made)))


@pytest.mark.parametrize(
    "change",
    [{"level": 3}, {"exception": {"type": "x"}}, {"_altered": {"a": "b"}}, {"line": "1"}],
)
def test_schema_refuses_other_types(change: dict[str, object], log: Path) -> None:
    assert not VALIDATOR.is_valid({**lines_of(log)[0], **change})


def test_polars_reads_the_file(log: Path) -> None:
    frame = polars.read_ndjson(log, infer_schema_length=None)
    assert len(lines_of(log)) == len(frame)
    assert [0.5, None, None, None] == frame["loss"].to_list()[::3][:4]
    assert [1.0, 0.5, 1.0, None] == [
        context["metrics"]["loss"] for context in frame["context"].to_list()[1::3][:4]
    ]


def test_pandas_reads_the_file(log: Path) -> None:
    frame = pandas.read_json(log, lines=True)
    assert len(lines_of(log)) == len(frame)
    assert "float64" == str(frame["loss"].dtype)


def test_duckdb_reads_the_file(log: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not there for this Python")
    found = duckdb.sql(f"select level, loss from read_json_auto('{log}')").fetchall()
    assert [line["level"] for line in lines_of(log)] == [level for level, _ in found]
    assert 0.5 == found[0][1]


def test_duckdb_reads_events_among_many_other_lines(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not there for this Python")
    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    with training_run(logger, "resnet") as run:
        for epoch in (1, 2):
            for step in range(50):
                logger.info("step", step=step)
            run.epoch_completed(epoch, {"loss": 1 / epoch})
    (query,) = re.findall("(SELECT context.*?)`", HOWTO.read_text(encoding="utf-8"))
    assert [(1, 1.0), (2, 0.5)] == duckdb.sql(query.replace("run.jsonl", str(path))).fetchall()


def test_jq_reads_the_file(log: Path) -> None:
    program = jq.compile("select(.exception) | .exception.chain[0].type")
    assert ["ValueError"] * 4 == program.input_text(log.read_text()).all()


LNAV = get_data("ml_infra_utils.logging", "lnav.json") or b""


def test_format_for_lnav_knows_the_keys_and_levels_of_a_line() -> None:
    form = json.loads(LNAV)["ml_infra_log"]
    (sample,) = form["sample"]
    VALIDATOR.validate(parse(sample["line"]))
    own = {"timestamp", "level", *form["value"]}
    assert own >= {*json.loads(SCHEMA)["properties"]}
    assert own >= {form[f"{key}-field"] for key in ("timestamp", "level", "body", "opid")}
    for level in LEVELS:
        (name,) = (name for name, pattern in form["level"].items() if re.search(pattern, level))
        assert level.lower() == name


@pytest.mark.skipif(shutil.which("lnav") is None, reason="lnav is a program of its own")
def test_lnav_reads_the_file(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "lnav.json").write_bytes(LNAV)
    subprocess.run(["lnav", "-i", str(tmp_path / "lnav.json")], check=True)
    query = ";SELECT log_level, log_body, line FROM ml_infra_log"
    found = subprocess.run(
        ["lnav", "-n", "-c", query, "-c", ":write-json-to -", str(log)],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    assert [(line["level"].lower(), line["message"], line["line"]) for line in lines_of(log)] == [
        tuple(row.values()) for row in json.loads(found)
    ]


def test_ecs_lines_hold_no_data_as_keys_and_no_value_where_an_object_is() -> None:
    formatter = EcsFormatter()
    made = logging.makeLogRecord({"name": "train", "msg": "hello", "values": [float("nan")] * 33})
    vars(made).update({"service.name": "api", "service": 1, "message.x": 2})
    line = parse(formatter.format(made))
    assert {"path", "what"} == {key for note in line["_altered"] for key in note}
    names = [key for key in line if not isinstance(line[key], dict)]
    assert not [name for name in names for other in names if other.startswith(f"{name}.")]


@pytest.mark.skipif(sys.version_info < (3, 9), reason="the last Polars for Python 3.8 is older")
def test_polars_reads_arrays_of_any_size_without_being_told(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    for size in (64, 65, 1_000):
        logger.info("hello", weights=np.zeros(size))
    assert [64, 64, 64] == polars.read_ndjson(path)["weights"].list.len().to_list()
