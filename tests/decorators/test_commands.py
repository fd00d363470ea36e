"""The command lines: the schedule of a policy, the timings of files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ml_infra_utils.decorators import RetryPolicy, Timings
from ml_infra_utils.decorators.__main__ import main
from ml_infra_utils.decorators.__main__ import retry as simulate_command
from ml_infra_utils.decorators.__main__ import timings as timings_command
from ml_infra_utils.decorators.testing import simulate


def down():
    raise ConnectionError("down")


# The command line


def test_the_command_prints_a_table_with_a_plot(capsys):
    command = "simulate --max-attempts 3 --delay 0.5 --attempt-seconds 0.5"
    assert 0 == main(command.split())
    assert [
        "attempt  starts at  outcome  then waits        between",
        "      1     0.00 s    fails      0.50 s  0.50 - 0.50 s  *****-----",
        "      2     1.00 s    fails      1.00 s  1.00 - 1.00 s            *****----------",
        "      3     2.50 s    fails                                                      *****",
        "",
        "total       3.00 s",
        "worst case  3.00 s",
        (
            "load        attempts a call by failure rate: "
            "1.01 at 1%, 1.11 at 10%, 1.75 at 50%, 3.00 at 100%"
        ),
    ] == capsys.readouterr().out.splitlines()


def test_the_command_knows_every_argument_of_a_policy(capsys):
    command = (
        "simulate --max-attempts 6 --delay 0.5 --backoff 2 --jitter full --seed 1 --max-delay 3 "
        "--timeout 9 --retry-after 4"
    )
    policy = RetryPolicy(6, 0.5, 2, jitter="full", seed=1, max_delay=3, timeout=9, retry_after=4)
    main(command.split())
    assert f"{simulate(policy)}\n" == capsys.readouterr().out


def test_the_command_prints_a_schedule_in_every_form(capsys):
    printed = {}
    for form in ("table", "json", "markdown", "github"):
        assert 0 == main(["simulate", "--max-attempts", "2", "--format", form])
        printed[form] = capsys.readouterr().out
    document = json.loads(printed["json"])
    assert [("fails", 1.0), ("fails", None)] == [
        (step["outcome"], step["wait"]) for step in document["steps"]
    ]
    assert (1.0, 1.0, 2) == tuple(document[k] for k in ("total", "worst_case", "most_attempts"))
    assert f"```\n{printed['table']}```\n" == printed["markdown"]
    assert printed["github"].startswith("::notice title=simulation::attempt  starts at")


@pytest.mark.parametrize(
    ("command", "error"),
    [("timings nowhere.json", FileNotFoundError), ("simulate --delay -1", ValueError)],
)
def test_an_error_is_a_line_or_a_traceback_on_request(command, error, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(command.split())
    assert 1 == capsys.readouterr().err.count("\n")
    with pytest.raises(error):
        main([*command.split(), "--debug"])


def test_the_command_reads_a_policy(tmp_path, capsys):
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"max_attempts": 7, "delay": 0.1}), encoding="utf-8")
    main(["simulate", "--policy", str(file), "--delay", "0.2"])
    assert f"{simulate(RetryPolicy(7, 0.2))}\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-attempts", "0"], "error: max_attempts must be at least 1, got 0 (int)"),
        (["--delay", "nan"], "error: delay must be finite and not negative, got nan"),
        (["--jitter", "some"], "invalid choice: 'some'"),
        (["--policy", "no-such-file"], "No such file or directory"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["simulate", *arguments])
    assert 2 == stop.value.code
    assert message in capsys.readouterr().err


def test_the_module_is_a_command():
    printed = subprocess.run(
        [sys.executable, "-m", "ml_infra_utils.decorators", "simulate", "--max-attempts", "1"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert "worst case  0.00 s" in printed


@pytest.fixture
def documents(tmp_path):
    for number, seconds in enumerate((0.5, 1.5)):
        timings = Timings()
        timings.observe("load", seconds)
        (tmp_path / f"{number}.json").write_text(timings.to_json(), encoding="utf-8")
    return [str(tmp_path / "0.json"), str(tmp_path / "1.json")]


@pytest.mark.parametrize(
    ("form", "show"),
    [
        ("table", str),
        ("json", Timings.to_json),
        ("markdown", Timings.to_markdown),
        ("openmetrics", Timings.to_openmetrics),
    ],
)
def test_the_timings_of_files_are_added_up(form, show, documents, capsys):
    total = sum(Timings.from_json(Path(path).read_text()) for path in documents)
    assert 0 == timings_command([*documents, "--format", form])
    assert f"{show(total)}\n" == capsys.readouterr().out


def test_timings_are_an_annotation_on_github(documents, capsys):
    assert 0 == main(["timings", *documents, "--format", "github"])
    printed = capsys.readouterr().out
    assert printed.startswith("::notice title=timings::name  count")
    assert "%0Aload" in printed


def test_timings_come_from_standard_input_too(documents, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(Path(documents[0]).read_text()))
    assert 0 == main(["timings", "-"])
    assert "load" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory"),
        ("", "text must be JSON, got ''"),
        ('{"schema": "ml-infra/retry-policy/1", "timings": {}}', "must be 'ml-infra/timings/1'"),
    ],
)
def test_what_holds_no_timings_is_told_in_one_line(text, message, tmp_path, capsys):
    path = tmp_path / "timings.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["timings", str(path)])
    assert 2 == stop.value.code
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path}: ")
    assert message in error
    assert 1 == error.count("\n")


def test_an_interrupted_command_says_nothing(monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ml_infra_utils.decorators.__main__.simulate", stop)
    assert 130 == simulate_command(["simulate"])
    assert "" == capsys.readouterr().err
