"""What is collected, settings of property tests, a marker of scikit-learn's, and commands."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from ml_infra_utils.metrics._commands import alone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.metrics.commands import Run

# They have a session of their own, which installs the engines.
collect_ignore = [] if find_spec("pyspark") else ["engines"]

# scikit-learn as an oracle costs a millisecond a call.
settings.register_profile("metrics", max_examples=20, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("metrics")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thread_unsafe: in scikit-learn's tests of metrics")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder; return its status."""
    pytest.importorskip("typer", reason="there is none for WebAssembly")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["metrics", *map(str, arguments)])
        return alone.main(["score", "compare"])

    return run
