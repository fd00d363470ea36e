"""Commands over several logs, over logs to come, and for other programs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import DurableFileHandler, StructuredLogger, training_run
from ml_infra_utils.logging._commands import command_line as cli
from tests.logging.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


def log(path: Path, *lines: tuple[str, str]) -> Path:
    """Write a log of the times and messages."""
    rows = [{"timestamp": when, "level": "INFO", "message": what} for when, what in lines]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def messages(printed: list[str]) -> list[str]:
    return [line.split()[-1] for line in printed]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three logs, one with a rotated file, and files that are none."""
    log(tmp_path / "a.jsonl.1", ("2026-01-01", "first"))
    log(tmp_path / "a.jsonl", ("2026-01-03", "third"), ("2026-01-05", "fifth"))
    log(tmp_path / "b.log", ("2026-01-02", "second"), ("2026-01-04", "fourth"))
    log(tmp_path / "gone.jsonl.7", ("2026-01-06", "sixth"))
    log(tmp_path / "notes.txt", ("2026-01-02", "no log"))
    (tmp_path / "c.jsonl").mkdir()
    return tmp_path


ALL = ["first", "second", "third", "fourth", "fifth", "sixth"]


def test_logs_of_a_folder_are_in_the_order_of_their_times(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ALL == messages(run(capsys, "view", folder))
    assert "6 lines" == run(capsys, "summary", folder)[0]


def test_logs_are_given_one_by_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ALL[:5] == messages(run(capsys, "view", folder / "b.log", folder / "a.jsonl"))


def test_rotated_file_beside_its_log_is_read_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell gives them for a.jsonl*."""
    both = (folder / "a.jsonl", folder / "a.jsonl.1")
    assert ["first", "third", "fifth"] == messages(run(capsys, "view", *both))
    assert ["first"] == messages(run(capsys, "view", folder / "a.jsonl.1"))
    assert ["first", "third", "fifth"] == messages(run(capsys, "view", *both, "--only"))


def test_line_without_a_time_stays_behind_the_one_before_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(folder / "b.log", ("2026-01-02", "second"), ("", "more"), ("2026-01-04", "fourth"))
    printed = messages(run(capsys, "view", folder))
    assert "more" == printed[printed.index("second") + 1]


def test_folder_without_a_log_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == cli.main(["view", str(tmp_path)])
    assert f"There is no log in {tmp_path}: their names end with" in capsys.readouterr().err


def test_damage_is_told_of_the_log_that_has_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "b.log").open("a") as file:
        file.write('{"torn')
    assert 0 == cli.main(["view", str(folder)])
    assert f"{folder / 'b.log'}: the last line is torn" in capsys.readouterr().err


def following(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-um", "ml_infra_utils.logging", "view", "--follow"]
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_followed_log_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "to come" / "run.jsonl"
    with following(path) as viewer:
        assert viewer.stdout is not None
        assert viewer.stderr is not None
        try:
            assert f"waiting for {path}\n" == viewer.stderr.readline()
            path.parent.mkdir()
            logger = StructuredLogger("train", handler=DurableFileHandler(path))
            for number in range(2):
                logger.info("hello", number=number)
                assert viewer.stdout.readline().endswith(f"hello  number={number}\n")
        finally:
            viewer.kill()


def test_several_logs_are_followed(tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    with following(*paths) as viewer:
        assert viewer.stdout is not None
        assert viewer.stderr is not None
        try:
            viewer.stderr.readline()
            for number, path in [*enumerate(paths), *enumerate(paths, 2)]:
                StructuredLogger(f"{path}", handler=DurableFileHandler(path)).info(f"n{number}")
                assert viewer.stdout.readline().endswith(f"n{number}\n")
        finally:
            viewer.kill()


def test_view_prints_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"@timestamp": "2026-01-01", "log.level": "info", "é": [NaN, 1.5]}\n')
    (line,) = run(capsys, "view", path, "--json")
    data = json.loads(line, parse_constant=pytest.fail)
    assert ("2026-01-01", "INFO", [None, 1.5]) == (
        data["timestamp"],
        data["level"].upper(),
        data["é"],
    )


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is a program of its own")
def test_jq_takes_what_view_prints(folder: Path) -> None:
    view = [sys.executable, "-m", "ml_infra_utils.logging", "view", "--json", str(folder)]
    lines = subprocess.run(view, stdout=subprocess.PIPE, check=True).stdout
    jq = subprocess.run(["jq", "-r", ".message"], input=lines, stdout=subprocess.PIPE, check=True)
    assert ALL == jq.stdout.decode().split()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A run that succeeded and one that was killed."""
    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    with training_run(logger, "resnet") as done:
        done.epoch_completed(1, {"loss": 0.25})
    killed = training_run(logger, "forest")
    killed.__enter__()
    killed.epoch_completed(7, {"loss": float("nan")})
    killed._bound.__exit__(None, None, None)
    return path


def test_summary_shows_the_last_event_of_each_run(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(capsys, "summary", runs)
    start = printed.index("last event of each run")
    done, killed = printed[start + 1 : start + 3]
    assert "training_completed  resnet  outcome=succeeded  seconds=" in done
    assert done.endswith("loss=0.25")
    assert killed.endswith("epoch_completed  forest  epoch=7  loss=nan")


def test_summary_is_json_for_programs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = run(capsys, "summary", runs, "--json")
    data: dict[str, Any] = json.loads(line, parse_constant=pytest.fail)
    assert 5 == data["lines"]
    assert {"INFO": 5} == data["levels"]
    assert {"resnet": {"loss": 0.25}, "forest": {"loss": None}} == data["last_metrics"]
    assert ["training_completed", "epoch_completed"] == [
        event["context"]["event_type"] for event in data["last_events"].values()
    ]
    assert ["succeeded"] == [training["outcome"] for training in data["trainings"]]
    assert time.strptime(data["first"][:10], "%Y-%m-%d")
