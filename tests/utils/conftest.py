"""The program ml-infra, and a distribution of others beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable

import pytest

from ml_infra_utils._commands.main import main

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
