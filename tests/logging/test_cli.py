from __future__ import annotations

import gzip
import io
import json
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Callable

import pytest

from ml_infra_utils.logging import (
    DurableFileHandler,
    StructuredLogger,
    epoch_completed,
    training_run,
)
from ml_infra_utils.logging._commands import command_line as cli
from ml_infra_utils.logging._commands.plot import sparkline
from ml_infra_utils.logging._commands.running import Format
from tests.logging.strictly import parse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The log of two models."""
    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train", "debug", handler=DurableFileHandler(path))
    logger.debug("loading", {"file": {"name": "a.csv"}}, ready=True)
    with training_run(logger, "resnet", lr=0.1) as run:
        for epoch in range(1, 4):
            run.epoch_completed(epoch, {"loss": 1 / epoch})
    epoch_completed(logger, "forest", 1, {"loss": float("nan"), "f1": 0.5})
    logger.warning("slow", seconds=4.5)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    assert 0 == cli.main([str(argument) for argument in arguments])
    return capsys.readouterr().out.splitlines()


def test_view_prints_every_line_for_people(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = run(capsys, "view", path)
    assert 8 == len(printed)
    assert printed[-1].endswith("WARNING  train        slow  seconds=4.5")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--level", "warning"], 1),
        (["--event", "epoch_completed"], 4),
        (["--field", "seconds"], 2),
        (["--field", "seconds=4.5"], 1),
        (["--field", "model_name=forest"], 1),
        (["--field", "context.epoch=1"], 2),
        (["--field", "file.name=a.csv"], 1),
        (["--field", "ready=true"], 1),
        (["--field", "epoch=1", "--field", "run_id"], 1),
        (["--logger", "other"], 0),
        (["--since", "2999-01-01"], 0),
        (["--since", "1h"], 8),
        (["--since", "0.5 w"], 8),
        (["--since", "99999999999d"], 8),
        (["--since", "0s"], 0),
        (["--grep", "^slow$"], 1),
        (["--grep", "(?i)SLOW .*seconds=4"], 1),
        (["--grep", "a.csv"], 1),
        (["--grep", "ML Event", "--field", "epoch=1"], 2),
        (["--only"], 8),
    ],
)
def test_view_shows_what_is_asked_for(
    options: list[str], expected: int, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected == len(run(capsys, "view", path, *options))


def test_view_follows_until_it_is_interrupted(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    assert 130 == cli.main(["view", str(path), "--follow"])
    assert 8 == len(capsys.readouterr().out.splitlines())


def test_view_is_coloured_on_a_terminal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert 0 == cli.main(["view", str(path)])
    assert "\x1b[33mWARNING" in stream.getvalue()


def test_view_says_what_is_wrong_with_the_log(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], "nonsense", *lines[3:], lines[0], lines[1][:20]]))
    cli.main(["view", str(path)])
    err = capsys.readouterr().err
    writer = parse(lines[0])["_writer"]
    for text in (
        "the last line is torn",
        "cannot be read: run.jsonl:3",
        f"missing: lines 3 to 3 of writer {writer}",
        "there twice: 1 line",
    ):
        assert text in err


def test_summary_counts_and_shows_the_last_metrics(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(run(capsys, "summary", path))
    for part in (
        "8 lines\nfirst  2",
        "\nlast   2",
        "\nlevel\n  INFO     6\n  DEBUG    1\n  WARNING  1\n",
        "  epoch_completed     4\n",
        "\ntraining\n  resnet succeeded  0.",
        "\nlast metrics of resnet\n  loss  0.333333\n",
        "\nlast metrics of forest\n  loss  nan\n  f1    0.5",
    ):
        assert part in text


def test_summary_of_an_empty_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.jsonl").touch()
    assert ["0 lines"] == run(capsys, "summary", tmp_path / "run.jsonl")


def test_plot_draws_a_sparkline_without_matplotlib(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    printed = run(capsys, "plot", path, "--metric", "loss")
    assert printed[0].startswith("resnet ")
    assert ["█▃▁", "3 values, first 1, last 0.333333", "forest", "·"] == printed[1:5]
    assert ["forest", "▁"] == run(capsys, "plot", path, "--metric", "f1")[:2]
    assert ["train", "▁"] == run(capsys, "plot", path, "--metric", "seconds", "--model", "train")[
        :2
    ]
    assert not list(path.parent.glob("*.png"))
    assert 2 == cli.main(["plot", str(path), "--metric", "loss", "--output", "a.png"])
    assert "pip install ml-infra-logging[plot]" in capsys.readouterr().err
    assert 0 == cli.main(["plot", str(path), "--metric", "loss"])
    assert "pip install ml-infra-logging[plot]" in capsys.readouterr().err


def test_plot_lists_the_metrics_that_there_are(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ["f1", "loss"] == run(capsys, "plot", path)
    path.write_text("{}\n")
    assert ["no line has metrics"] == run(capsys, "plot", path)


def test_plot_draws_a_picture_with_matplotlib(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    output = path.with_name("loss.png")
    printed = run(capsys, "plot", path, "--metric", "loss", "--output", output)
    assert f"drawn to {output}" == printed[-1]
    picture = output.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert (960, 540) == struct.unpack(">II", picture[16:24])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["view", "absent.jsonl"], "There is no log at absent.jsonl"),
        (["view", "{path}", "absent.jsonl"], "There is no log at absent.jsonl"),
        (["view", "{path}", "--since", "an hour"], "how long ago: 90s, 15m, 1h, 2d or 1w; got"),
        (["view", "{path}", "--grep", "("], "--grep must be a regular expression, got '('"),
        (["plot", "{path}", "--metric", "los"], "did you mean 'loss'?; there are 'f1', 'loss'"),
        (["plot", "{path}", "--metric", "nonsense"], "no line has the metric nonsense"),
        (["view", "{path}", "--level", "loud"], "DEBUG, INFO"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], message: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == cli.main([argument.format(path=path) for argument in arguments])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([float("nan"), 1.0, 2.0, float("inf")], "·▁█·"),
        ([-1e308, 1e308], "▁█"),
        (list(range(600)), sparkline(list(range(0, 600, 10)))),
    ],
)
def test_sparkline_goes_from_the_lowest_to_the_highest(values: list[float], expected: str) -> None:
    assert expected == sparkline(values)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def slowly(path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make the log long and the clock fast; give what is shown on standard error, a terminal."""
    path.write_text(path.read_text() * 51)
    clock = iter(range(0, 1_000_000, 2))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_progress_is_shown_on_a_terminal_when_it_takes_long(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = slowly(path, monkeypatch)
    for command in (["summary"], ["view", "--level", "error"]):
        slow.seek(0)
        slow.truncate()
        run(capsys, *command, path)
        shown = slow.getvalue().split("\r")
        assert "[#######                       ]  24%" == shown[0]
        assert "[##############################] 100%" == shown[-3]
        assert "" == shown[-2].strip()


def test_no_progress_is_shown_of_several_logs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = slowly(path, monkeypatch)
    other = path.with_name("other.jsonl")
    other.write_bytes(path.read_bytes())
    assert 0 == cli.main(["summary", str(path), str(other)])
    assert "" == slow.getvalue()


def test_no_progress_is_shown_of_a_log_that_is_followed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = slowly(path, monkeypatch)

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    assert 130 == cli.main(["view", "--follow", str(path)])
    assert "%" not in slow.getvalue()


def test_no_progress_is_shown_amid_lines_on_the_terminal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = slowly(path, monkeypatch)
    monkeypatch.setattr("sys.stdout", Terminal())
    assert 0 == cli.main(["view", str(path)])
    assert "%" not in slow.getvalue()


def test_module_is_a_program(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ml_infra_utils.logging", "view", str(path)],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert 8 == len(done.stdout.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/stdin")
@pytest.mark.parametrize(
    ("pack", "options"), [(bytes, []), (bytes, ["--follow"]), (gzip.compress, [])]
)
def test_standard_input_is_viewed(
    pack: Callable[[bytes], bytes], options: list[str], path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ml_infra_utils.logging", "view", "-", *options],
        input=pack(path.read_bytes()),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert 8 == len(done.stdout.splitlines())


def test_reader_that_has_had_enough_is_no_error(path: Path) -> None:
    path.write_text(path.read_text() * 2_000)
    command = [sys.executable, "-m", "ml_infra_utils.logging", "view", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"" == process.stderr.read()
    assert 0 == process.returncode


ESCAPE = "\x1b[2J\nforged  1"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A log whose every name is an escape sequence and a line break."""
    path = tmp_path / "hostile.jsonl"
    context = {"event_type": ESCAPE, "model_name": ESCAPE, "metrics": {"loss": 1, ESCAPE: 10**400}}
    line = {
        "level": ESCAPE,
        "logger": ESCAPE,
        "_writer": ESCAPE,
        "_sequence": 5,
        "context": context,
    }
    done = {**context, "event_type": "training_completed", "outcome": ESCAPE, "seconds": 1}
    path.write_text("".join(json.dumps(row) + "\n" for row in (line, {"context": done}, {"a": 1})))
    return path


@pytest.mark.parametrize("form", [form.value for form in Format if form is not Format.json])
@pytest.mark.parametrize("command", [["view"], ["summary"], ["plot", "--metric", "loss"]])
def test_names_of_a_log_are_shown_rather_than_obeyed(
    command: list[str], form: str, hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == cli.main([*command, str(hostile), "--format", form])
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "\nforged" not in printed.out + printed.err
    assert r"\x1b[2J\nforged" in (printed.out + printed.err).replace("\\\\", "\\").replace(
        r"\[", "["
    )


@pytest.mark.parametrize("metric", ["train/loss", "$\\frac{m$", "_loss"])
def test_plot_takes_any_name(
    metric: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    for model in (metric, "訓練"):
        epoch_completed(logger, model, 1, {metric: 0.5})
    printed = run(capsys, "plot", path, "--metric", metric)
    assert f"drawn to {path}.{metric.replace('/', '_')}.png" == printed[-1]


@pytest.mark.parametrize("wanted", ["service.name=api", "service.name", "context.a.b=1"])
def test_field_may_have_a_dot_in_its_name(
    wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    logger.info("hello", {"a": {"b": 1}}, **{"service.name": "api"})
    logger.info("other")
    assert 1 == len(run(capsys, "view", path, "--field", wanted))


def test_level_may_be_a_number(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == len(run(capsys, "view", path, "--level", "30"))


def test_view_that_is_interrupted_says_what_is_wrong_too(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    path.write_text("nonsense\n" + path.read_text())
    monkeypatch.setattr(time, "sleep", interrupt)
    assert 130 == cli.main(["view", str(path), "--follow"])
    assert "cannot be read: run.jsonl:1" in capsys.readouterr().err


@pytest.mark.parametrize("line", ['{"message": "x"}', '{"level": "", "_sequence": 1}', "{}"])
def test_summary_takes_lines_without_a_level(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(f"{line}\n")
    assert "1 line" == run(capsys, "summary", path)[0]


def test_wrong_arguments_are_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.logs(["view"])
    assert 2 == stop.value.code
    error = capsys.readouterr().err
    assert "error: the following arguments are required: path" in error
    assert error.endswith("(ml-infra logs view --help tells more)\n")
    assert 1 == error.count("\n")
