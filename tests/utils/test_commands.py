"""The program ml-infra: how it finds commands, and the commands that the meta-package has."""

from __future__ import annotations

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Callable

import pytest

from ml_infra_utils._commands.installed import is_within

Run = Callable[..., int]


# Finding commands


def test_version_lists_the_five_distributions(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run("--version")
    names = ["utils", "decorators", "logging", "metrics", "preprocessing"]
    expected = [f"ml-infra-{name} {metadata.version(f'ml-infra-{name}')}" for name in names]
    assert expected == capsys.readouterr().out.splitlines()[:5]


@pytest.mark.parametrize(
    "source",
    [
        "def command(file: str) -> int:\n    'Greet.'\n    print('hello', file)\n    return 1\n",
        "def command(arguments):\n    'Greet.'\n    print('hello', *arguments)\n    return 1\n",
    ],
    ids=["typer", "own parser"],
)
def test_others_can_add_a_command(
    source: str, run: Run, others: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"greet{len(source)}"
    others(name, source)
    assert 1 == run(name, "you")
    assert "hello you\n" == capsys.readouterr().out
    assert 0 == run("--help")
    assert "Greet." in capsys.readouterr().out


def test_others_can_add_a_program_of_commands(run: Run, others: Callable[[str, str], None]) -> None:
    source = (
        "import typer\ncommand = typer.Typer(help='Many.')\n"
        "@command.command()\ndef one() -> int:\n    return 1\n"
        "@command.command()\ndef two() -> int:\n    return 2\n"
    )
    others("many", source)
    assert (1, 2) == (run("many", "one"), run("many", "two"))


def test_a_command_that_cannot_be_loaded_does_not_spoil_the_others(
    run: Run, others: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    others("broken", "raise RuntimeError('no GPU')\n")
    assert 0 == run("--help")
    assert "RuntimeError: no GPU" in capsys.readouterr().out
    assert 2 == run("broken", "--all", "x")
    assert "error: broken cannot be loaded: RuntimeError: no GPU\n" == capsys.readouterr().err


def test_an_unknown_command_is_told_with_the_one_that_was_meant(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run("doctr")
    error = capsys.readouterr().err
    assert error.startswith("error: No such command 'doctr'. Did you mean 'doctor'?")
    assert 1 == error.count("\n")


def test_without_typer_one_line_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    assert 2 == run("--help")
    expected = "error: ml-infra needs typer: pip install --upgrade ml-infra-utils\n"
    assert expected == capsys.readouterr().err


# How a command ends


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("ValueError('wrong\\n  value')", "error: wrong value"),
        ("KeyError('no such name')", "error: no such name"),
        ("FileNotFoundError(2, 'No such file', 'a.csv')", "error: a.csv: No such file"),
        ("RuntimeError('lost')", "error: RuntimeError: lost; --debug shows where"),
        ("ValueError('\\x1b[31mred')", "error: \\x1b[31mred"),
    ],
)
def test_an_error_is_one_line_without_a_traceback(
    raised: str,
    expected: str,
    run: Run,
    others: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = f"fail{abs(hash(raised))}"
    others(name, f"def command() -> int:\n    raise {raised}\n")
    assert 2 == run(name)
    assert f"{expected}\n" == capsys.readouterr().err


def test_debug_shows_the_traceback(
    run: Run, others: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    others("fails", "def command() -> int:\n    raise ValueError('wrong')\n")
    assert 2 == run("fails", "--debug")
    assert capsys.readouterr().err.startswith("Traceback")


PRINTS = "def command() -> int:\n    'Print.'\n    print('x')\n    return 1\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["prints"]])
def test_who_stops_reading_has_had_enough(
    arguments: list[str],
    run: Run,
    others: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others("prints", PRINTS)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output, monkeypatch.context() as context:
        context.setattr(sys, "stdout", output)
        assert 0 == run(*arguments)


def test_what_is_printed_into_closed_streams_is_lost(
    run: Run, others: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    others("prints", PRINTS)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert 1 == run("prints")
    assert 2 == run("no-command")
    for stream in (sys.stdout, sys.stderr):
        stream.close()


def test_a_request_to_end_unwinds_the_command_and_is_answered_as_before_then(
    run: Run, others: Callable[[str, str], None], tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    others(
        "ends",
        "import os, pathlib, signal\n"
        "def command(file: str) -> int:\n"
        "    'End.'\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    finally:\n"
        "        pathlib.Path(file).write_text('unwound')\n"
        "    return 0\n",
    )
    assert 128 + signal.SIGTERM == run("ends", str(tmp_path / "a"))
    assert "unwound" == (tmp_path / "a").read_text()
    assert before == signal.getsignal(signal.SIGTERM)


def test_a_command_runs_in_any_thread(run: Run, others: Callable[[str, str], None]) -> None:
    others("prints", PRINTS)
    with ThreadPoolExecutor(1) as pool:
        assert 1 == pool.submit(run, "prints").result()


def test_an_error_without_a_file_is_told_in_its_own_words(
    run: Run, others: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    source = "def command() -> int:\n    'Fail.'\n    raise OSError(28, 'No space left')\n"
    others("full", source)
    assert 2 == run("full")
    assert "error: No space left\n" == capsys.readouterr().err


def test_an_interruption_ends_with_130_and_without_a_word(
    run: Run, others: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    others("stopped", "def command() -> int:\n    raise KeyboardInterrupt\n")
    assert 130 == run("stopped")
    assert "" == capsys.readouterr().err


# doctor


def test_doctor_tells_of_every_distribution_where_it_is_from(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("doctor", "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert {"ml-infra-metrics", "ml-infra-utils"} <= {each["name"] for each in found["installed"]}
    assert found["holds"]
    assert sys.executable == found["executable"]


def test_doctor_finds_what_shadows_the_namespace(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "ml_infra_utils").mkdir()
    (tmp_path / "ml_infra_utils" / "__init__.py").touch()
    (tmp_path / "ml_infra_utils.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert 1 == run("doctor")
    shown = capsys.readouterr().out
    assert f"{tmp_path / 'ml_infra_utils.py'} shadows the namespace" in shown
    assert f"{tmp_path / 'ml_infra_utils' / '__init__.py'} shadows the namespace" in shown


def test_doctor_finds_a_portion_on_the_path_itself(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import ml_infra_utils.logging

    folder = Path(ml_infra_utils.logging.__file__).parent.parent
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    assert 1 == run("doctor")
    assert "`import logging` finds" in capsys.readouterr().out


def test_doctor_finds_the_namespace_on_the_pythonpath(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "ml_infra_utils").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert 1 == run("doctor")
    assert "PYTHONPATH holds the namespace" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "files", "expected"),
    [
        (
            "ml_infra_metrics-0.1.0",
            {"METADATA": "Name: ml-infra-metrics\nVersion: 0.1.0\n"},
            "ml-infra-metrics is installed 2 times",
        ),
        (
            "ml_infra_metrics-9.0",
            {"METADATA": "Name: ml-infra-metrics\nVersion: 9.0\n"},
            "ml-infra-metrics is 9.0, and ml-infra-utils needs",
        ),
        (
            "ml_infra_acme-1.0",
            {"METADATA": "Name: ml-infra-acme\nVersion: 1.0\n", "RECORD": "x.py,,\n"},
            "ml-infra-acme has been installed without its sources",
        ),
        (
            "ml_infra_acme-1.0",
            {"METADATA": "Name: ml-infra-acme\nVersion: 1.0\n"},
            "ml_infra_utils.acme cannot be imported",
        ),
        (
            "ml_infra_acme-1.0",
            {
                "METADATA": "Name: ml-infra-acme\nVersion: 1.0\n",
                "WHEEL": "Tag: cp311-cp311-linux_x86_64\n",
            },
            "the wheel of ml-infra-acme is for cp311-cp311-linux_x86_64 only",
        ),
    ],
    ids=["twice", "outside the pins", "empty", "broken", "for one machine"],
)
def test_doctor_finds_a_distribution_that_is_wrong(
    name: str,
    files: dict[str, str],
    expected: str,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / f"{name}.dist-info"
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert 1 == run("doctor", "--format", "github")
    shown = capsys.readouterr().out
    assert expected in shown
    assert "::error title=ml-infra doctor::" in shown


@pytest.mark.parametrize(
    ("version", "limits", "expected"),
    [
        ("0.1.0", ">=0.1,<0.2", True),
        ("0.2", ">=0.1,<0.2", False),
        ("0.10.1", ">=0.2,<0.11", True),
        ("0.2.0rc1", ">=0.2", False),
        ("1.0", "==1.0.0", True),
        ("1.0", "!=1.0", False),
        ("1.0", "", True),
    ],
)
def test_a_version_lies_in_a_range_or_not(version: str, limits: str, expected: bool) -> None:
    assert expected is is_within(version, limits)
