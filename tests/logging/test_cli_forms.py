"""The forms in which commands print what they have found, and how they fail."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging._commands import command_line as cli
from ml_infra_utils.logging._commands.printing import json_of
from tests.logging.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path

LINES: list[dict[str, Any]] = [
    {
        "level": "INFO",
        "message": "ML Event: epoch_completed",
        "context": {"event_type": "epoch_completed", "model_name": "m|n", "metrics": {"loss": 0.5}},
    },
    {"level": "WARNING", "message": "100% of *all*\nlines", "user": "a|b"},
    {"level": "ERROR", "message": "failed", "exception": {"type": "OSError", "message": "gone"}},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of three lines."""
    path = tmp_path / "run.jsonl"
    start = {"timestamp": "2026-01-02T03:04:05.678901+00:00", "logger": "train"}
    path.write_text("".join(json.dumps({**start, **line}) + "\n" for line in LINES))
    return path


def test_lines_are_rows_of_a_table_in_markdown(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    when = "2026-01-02 03:04:05.678+00:00"
    assert [
        "| time | level | logger | message | fields |",
        "|:--|:--|:--|:--|:--|",
        rf"| {when} | WARNING | train | 100% of \*all\*\\nlines | user=a\|b |",
        f"| {when} | ERROR | train | failed | OSError: gone |",
    ] == run(capsys, "view", path, "--format", "markdown", "--level", "warning")


def test_lines_are_annotations_of_github(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event, warning, error = run(capsys, "view", path, "--format", "github")
    assert event.startswith("::notice title=train::03:04:05.678 INFO     train        ML Event")
    assert warning.startswith("::warning title=train::")
    assert warning.endswith("100%25 of *all*%0A    lines  user=a|b")
    assert error.startswith("::error title=train::")
    assert error.endswith("failed%0A    OSError: gone")


def test_line_without_a_level_is_a_notice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"message": "hello"}\n')
    (line,) = run(capsys, "view", path, "--format", "github")
    assert line.startswith("::notice title=::")


@pytest.mark.parametrize(
    ("wrapped", "start"),
    [
        (lambda value: [1, value], '{"value": [1, [1, [1, '),
        (lambda value: {"a": value}, '{"value": {"a": {"a": {"a": '),
    ],
    ids=["lists", "objects"],
)
@pytest.mark.parametrize("last", [1, float("nan")])
def test_value_is_printed_for_programs_however_deep_it_is(
    last: object, wrapped: Callable[[object], object], start: str
) -> None:
    value = last
    for _ in range(10_000):
        value = wrapped(value)
    text = json_of({"value": value})
    assert text.startswith(start)
    json.loads(text, parse_constant=pytest.fail)


def test_summary_is_markdown_on_request(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(run(capsys, "summary", path, "--format", "markdown"))
    assert text.startswith("- 3 lines\n- first  2026-01-02T03:04:05.678901+00:00\n")
    assert "| level | lines |\n|:--|:--|\n| INFO | 1 |\n| WARNING | 1 |\n| ERROR | 1 |" in text
    assert text.endswith("| last metrics of m\\|n | value |\n|:--|:--|\n| loss | 0.5 |")


def test_summary_is_one_annotation_of_github(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = run(capsys, "summary", path, "--format", "github")
    assert line.startswith("::notice title=")
    assert "run.jsonl::3 lines%0Afirst " in line


@pytest.fixture
def _no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


@pytest.mark.usefixtures("_no_matplotlib")
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "json",
            ['{"metric": "loss", "curves": {"m|n": [[1.0, 0.5], [2.0, null]]}, "picture": null}'],
        ),
        (
            "markdown",
            [
                "| model | values | first | last | curve |",
                "|:--|--:|--:|--:|:--|",
                "| m\\|n | 2 | 0.5 | inf | ▁· |",
            ],
        ),
        ("table", ["m|n", "▁·", "2 values, first 0.5, last inf"]),
    ],
)
def test_curve_is_printed_in_each_form(
    form: str, expected: list[str], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with path.open("a") as file:
        context = {"event_type": "x", "model_name": "m|n", "metrics": {"loss": "Infinity"}}
        file.write(json.dumps({"context": context}) + "\n")
    assert expected == run(capsys, "plot", path, "--metric", "loss", "--format", form)


@pytest.mark.usefixtures("_no_matplotlib")
def test_curve_has_room_on_the_terminal(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    path.write_text(path.read_text() * 30)
    assert "▁" * 20 == run(capsys, "plot", path, "--metric", "loss")[1]


def test_names_of_metrics_are_json_on_request(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ['{"metrics": ["loss"]}'] == run(capsys, "plot", path, "--json")


def test_picture_that_cannot_be_drawn_leaves_the_one_before(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = pytest.importorskip("matplotlib.figure", reason="matplotlib is an extra")
    picture = path.with_name("loss.png")
    picture.write_text("before")

    def fill_the_disk(_: object, file: Path, **__: object) -> None:
        file.write_text("half")
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr(figure.Figure, "savefig", fill_the_disk)
    assert 2 == cli.main(["plot", str(path), "--metric", "loss", "--output", str(picture)])
    printed = capsys.readouterr()
    assert "No space left on device" in printed.err
    assert "1 value, first 0.5, last 0.5" in printed.out
    assert "before" == picture.read_text()
    assert {path, picture} == {*path.parent.iterdir()}


def test_error_is_a_traceback_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--debug", "view", "absent.jsonl"], ["view", "absent.jsonl", "--debug"]):
        assert 2 == cli.main(arguments)
        error = capsys.readouterr().err
        assert error.startswith("Traceback (most recent call last):")
        assert error.endswith("FileNotFoundError: There is no log at absent.jsonl\n")


def test_error_that_nobody_expects_is_one_line(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("so\nbad")

    monkeypatch.setattr(cli, "print_view", fail)
    assert 2 == cli.main(["view", str(path)])
    assert "error: ZeroDivisionError: so bad; --debug shows where\n" == capsys.readouterr().err


def test_damage_is_told_whatever_the_encoding_of_standard_output_is(tmp_path: Path) -> None:
    path = tmp_path / "é.jsonl"
    path.write_text("nonsense\n")
    done = subprocess.run(
        [sys.executable, "-m", "ml_infra_utils.logging", "summary", str(path)],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be read: \\xe9.jsonl:1" in done.stdout
