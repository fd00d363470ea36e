"""How commands run: without what they need, on any terminal, interrupted while they write."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ml_infra_utils.metrics._commands.progress import Progress
from ml_infra_utils.metrics._commands.running import (
    tell,
    write_text,
    written_aside,
)
from tests.metrics.commands import Run, write


def test_without_typer_one_line_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    assert 2 == run("score")
    expected = "error: the commands need typer: pip install 'ml-infra-metrics[cli]'\n"
    assert expected == capsys.readouterr().err


def test_without_arguments_the_help_is_shown(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run()
    assert "score" in capsys.readouterr().out


def test_no_permission_to_write_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    with pytest.raises(OSError, match="Not a directory") as caught:
        write_text(folder / "a.json", "")
    assert str(folder / "a.json") == caught.value.filename


def test_a_file_is_written_aside_and_an_error_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o640)

    def interrupted() -> None:
        with written_aside(path) as aside:
            aside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ("old", [path]) == (path.read_text(), [*tmp_path.iterdir()])
    write_text(path, "new")
    assert ("new", [path]) == (path.read_text(), [*tmp_path.iterdir()])
    assert os.name == "nt" or 0o640 == path.stat().st_mode & 0o777


def test_an_error_is_never_longer_than_a_thousand_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell("long " * 1000)
    assert 1009 > len(capsys.readouterr().err)


def test_the_progress_shows_on_a_terminal_after_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    path = tmp_path / "a.csv"
    path.write_bytes(b"0" * 100)
    with path.open("rb") as file, Progress("a.csv", 100, file) as progress:
        file.read(50)
        progress()
        assert "" == terminal.getvalue()
        progress._start -= 2
        progress()
    assert "50%" in terminal.getvalue()


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_an_encoding_without_the_letters_of_a_class_will_do(run: Run) -> None:
    del run
    write("a.csv", [{"guess": "é", "truth": "é"}, {"guess": "ü", "truth": "é"}])
    command = [sys.executable, "-m", "ml_infra_utils.metrics", "score", "a.csv", "-p", "guess"]
    settings = {**ENVIRONMENT, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([*command, "-l", "truth"], env=settings, capture_output=True)
    assert (0, b"") == (done.returncode, done.stderr)
    assert b"\\xfc" in done.stdout


@pytest.mark.parametrize("surroundings", [("COLUMNS", "20"), ("NO_COLOR", "1")])
def test_errors_are_the_same_on_any_terminal(
    surroundings: tuple[str, str],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(*surroundings)
    assert 2 == run("score", write("a.csv"), "-p", "guess")
    error = capsys.readouterr().err
    assert error.startswith("error: Missing option '-l' / '--label'.")
    assert 1 == error.count("\n")
    assert 0 == run("score", "--help")
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error on Windows")
def test_a_reader_that_has_had_enough_does_not_change_the_status(run: Run) -> None:
    del run
    write("a.csv")
    command = [sys.executable, "-m", "ml_infra_utils.metrics", "score", "a.csv", "-p", "guess"]
    command += ["-l", "truth", "--fail-under", "accuracy=1"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, env=ENVIRONMENT, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (1, b"") == (done.returncode, done.stderr)
