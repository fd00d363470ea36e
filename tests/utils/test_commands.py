"""The program ml-infra: how it finds commands, and the commands that the meta-package has."""

from __future__ import annotations

import io
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Callable

import pytest

from ml_infra_utils._commands.installed import is_within
from ml_infra_utils._commands.main import main
from ml_infra_utils.decorators import Timings

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ml-infra with these arguments; return its status."""
    pytest.importorskip("typer", reason="there is none for WebAssembly")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("PYTHONPATH", raising=False)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["ml-infra", *map(str, arguments)])
        try:
            return main()
        except SystemExit as stop:  # of a command that has a parser of its own
            return int(stop.code or 0)

    return run


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Install a distribution of others, with a command of that source."""

    def install(name: str, source: str) -> None:
        folder = tmp_path / "others"
        information = folder / f"acme_{name}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Name: acme-{name}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(
            f"[ml_infra_utils.commands]\n{name} = acme_{name}:command\n"
        )
        (folder / f"acme_{name}.py").write_text(source)
        monkeypatch.syspath_prepend(folder)

    return install


def document(folder: Path, name: str, **seconds: float) -> Path:
    """Write a document of timings."""
    timings = Timings()
    for stage, duration in seconds.items():
        timings.observe(stage, duration)
    path = folder / name
    path.write_text(timings.to_json(), encoding="utf-8")
    return path


# Finding commands


def test_help_lists_the_commands_of_all_portions(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run()
    shown = capsys.readouterr().out
    assert [] == [n for n in ("logs", "retry", "timings", "doctor", "state") if n not in shown]


def test_version_lists_the_five_distributions(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run("--version")
    names = ["utils", "decorators", "logging", "metrics", "preprocessing"]
    expected = [f"ml-infra-{name} {metadata.version(f'ml-infra-{name}')}" for name in names]
    assert expected == capsys.readouterr().out.splitlines()[:5]


def test_a_command_gets_its_arguments_as_they_are(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("retry", "simulate", "--max-attempts", "1")
    assert "worst case  0.00 s" in capsys.readouterr().out


def test_a_program_with_a_parser_of_its_own_shows_its_own_help(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("logs", "view", "--help")
    assert "usage: ml-infra logs view" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "begin"), [([], "error: There is no log at absent"), (["--debug"], "Traceback (most")]
)
def test_what_a_program_with_a_parser_of_its_own_raises_is_told(
    more: list[str], begin: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run("logs", "view", "absent", *more)
    assert capsys.readouterr().err.startswith(begin)


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


def test_an_interruption_ends_with_130_and_without_a_word(
    run: Run, others: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    others("stopped", "def command() -> int:\n    raise KeyboardInterrupt\n")
    assert 130 == run("stopped")
    assert "" == capsys.readouterr().err


# state


def test_state_show_prints_the_table_of_a_document(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path = document(tmp_path, "a.json", load=0.5)
    assert 0 == run("state", "show", path)
    assert f"{Timings.from_json(path.read_text())}\n" == capsys.readouterr().out
    assert 0 == run("state", "show", path, "--format", "json")
    assert json.loads(path.read_text()) == json.loads(capsys.readouterr().out)


def test_state_show_prints_the_entries_of_what_has_no_table(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    from ml_infra_utils.decorators import RetryPolicy

    path = tmp_path / "policy.json"
    path.write_text(RetryPolicy(max_attempts=7).to_json())
    assert 0 == run("state", "show", path, "--format", "markdown")
    assert "max\\_attempts | 7" in capsys.readouterr().out
    assert 2 == run("state", "merge", path)
    assert f"error: {path}: a RetryPolicy cannot be merged\n" == capsys.readouterr().err


def test_state_merge_adds_documents_up(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [document(tmp_path, "a.json", load=0.5), document(tmp_path, "b.json", load=1.5)]
    assert 0 == run("state", "merge", *paths)
    total = Timings.from_json(capsys.readouterr().out)
    assert 0 == run("state", "merge", *paths, "-o", tmp_path / "all.json")
    assert 2 == total["load"].count
    assert total == Timings.from_json((tmp_path / "all.json").read_text())


def test_state_diff_names_the_entries_that_differ(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = document(tmp_path, "a.json", load=0.5), document(tmp_path, "b.json", load=0.25, save=1)
    assert 0 == run("state", "diff", a, a)
    capsys.readouterr()
    assert 1 == run("state", "diff", a, b, "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert not found["holds"]
    assert {"entry": "timings.load.total", "a": "0.5", "b": "0.25"} in found["differences"]
    assert "timings.save.count" in [each["entry"] for each in found["differences"]]


def test_state_reads_standard_input(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = document(tmp_path, "a.json", load=0.5).read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert 0 == run("state", "merge", "-")
    assert json.loads(text) == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("[1]", 'must be a document that begins with "schema": "ml-infra/…", got [1]'),
        ("{", "must be a document of JSON (Expecting property name"),
        ('{"schema": "other/1"}', 'begins with "schema": "ml-infra/…", got "other/1"'),
        ('{"schema": "ml-infra/timing-s/1"}', "did you mean 'timings'?"),
        ('{"schema": "ml-infra/retry/1"}', "no installed portion has documents of the kind"),
        ('{"schema": "ml-infra/timings/2", "timings": {}}', "a newer release wrote it"),
        ('{"schema": "ml-infra/timings/1", "timings": 1}', "timings must be an object"),
    ],
)
def test_what_is_no_document_is_refused_in_one_line(
    text: str, expected: str, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert 2 == run("state", "show", path)
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path}: ")
    assert expected in error
    assert 1 == error.count("\n")


def test_documents_of_two_kinds_do_not_go_together(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    from ml_infra_utils.preprocessing import summarize

    a, b = document(tmp_path, "a.json", load=0.5), tmp_path / "b.json"
    b.write_text(summarize([1, 2]).to_json())
    for command in ("merge", "diff"):
        assert 2 == run("state", command, a, b)
        expected = f"error: {b}: must be a Timings like {a}, got a Summary\n"
        assert expected == capsys.readouterr().err


def test_a_sum_that_cannot_be_made_names_the_file_and_leaves_the_output_as_it_was(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    from ml_infra_utils.metrics import ConfusionMatrix

    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, classes in zip(paths, (["x", "y"], ["x", "z"])):
        matrix = ConfusionMatrix.from_predictions(["x"], ["x"], classes=classes)
        path.write_text(matrix.to_json())
    output = tmp_path / "all.json"
    output.write_text("before")
    assert 2 == run("state", "merge", *paths, "-o", output)
    assert capsys.readouterr().err.startswith(f"error: {paths[1]}: ")
    assert "before" == output.read_text()
    assert sorted([*paths, output]) == sorted(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = document(tmp_path, "a.json", load=0.5), tmp_path / "no" / "b.json"
    assert 2 == run("state", "merge", path, "-o", output)
    assert f"error: {output}: No such file or directory\n" == capsys.readouterr().err


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
