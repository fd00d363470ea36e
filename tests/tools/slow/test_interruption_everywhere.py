"""Killed before each git command that a release gives, not only around those that write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import test_interruption
from tests.tools.conftest import Repository


def everywhere(commands: list[str]) -> list[int]:
    return list(range(len(commands)))


def test_apply(
    template: Repository,
    tmp_path: Path,
    temporary: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(test_interruption, "around", everywhere)
    test_interruption.test_apply_has_done_nothing_or_all_and_the_next_call_says_which(
        template, tmp_path, temporary, capsys
    )


def test_publish(
    template: Repository, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_interruption, "around", everywhere)
    test_interruption.test_publish_goes_on_where_it_was(template, tmp_path, temporary)
