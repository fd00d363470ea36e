"""The example runs as it stands."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING

from ml_infra_utils.logging import read_events

if TYPE_CHECKING:
    import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "logging_training_run.py"


def test_the_example_trains_and_reads_its_own_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    runpy.run_path(str(EXAMPLE))["main"](path)
    succeeded, failed, lines, warning = capsys.readouterr().out.splitlines()
    assert succeeded.endswith(" succeeded: loss 0.0634")
    assert failed.endswith(" failed: loss inf")
    assert "22 lines, missing: [], torn: False" == lines
    assert (
        "too fast: no loss in epoch 1 with rate 1000.0 {'job': 'nightly', 'api_key': '[REDACTED]'}"
        in warning
    )
    assert "k3y" not in path.read_text()
    assert 16 == sum(event.event_type == "epoch_completed" for event in read_events(path))
