"""The program ml-infra with the commands that the portions have now."""

from __future__ import annotations

from typing import Callable

import pytest

Run = Callable[..., int]


def test_help_lists_the_commands_of_all_portions(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run()
    shown = capsys.readouterr().out
    assert [] == [n for n in ("logs", "retry", "timings", "doctor", "state") if n not in shown]


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
