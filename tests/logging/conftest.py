from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging import pytest_plugin
from tests.logging import isolation
from tests.logging.strictly import parse_ours

if TYPE_CHECKING:
    from pathlib import Path

    Lines = Callable[[], "list[dict[str, Any]]"]

capture_logs = pytest_plugin.capture_logs

# The classes of the first would break the search for doctests; the second takes a run of its own.
collect_ignore = ["hostile.py", "slow"]


def pytest_configure(config: pytest.Config) -> None:
    """Have what examples in docstrings set up undone too, not only what tests do."""
    config.pluginmanager.register(isolation)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Give the lines written to standard output so far, parsed."""
    return lambda: [parse_ours(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log may be written."""
    return tmp_path / "run.jsonl"
