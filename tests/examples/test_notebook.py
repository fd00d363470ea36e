"""The notebook runs from its first cell to its last, and each of its values shows itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

PATH = Path(__file__).parents[2] / "examples" / "work_in_a_notebook.ipynb"


@pytest.fixture(scope="module")
def committed() -> Any:
    return nbformat.read(PATH, as_version=4)


@pytest.fixture(scope="module")
def executed() -> Any:
    """The notebook, run in a kernel that only programs of this user can reach."""
    notebook = nbformat.read(PATH, as_version=4)
    resources = {"metadata": {"path": str(PATH.parent)}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    return notebook


def shown(notebook: Any) -> list[tuple[str, list[str]]]:
    """Return for each output of a cell its type, and in which forms it came."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [(output.output_type, sorted(output.get("data", {}))) for output in outputs]


def test_it_shows_what_is_committed(committed: Any, executed: Any) -> None:
    assert shown(committed) == shown(executed)


def test_a_value_is_a_short_line_or_a_table(executed: Any) -> None:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    values = [o.data for o in outputs if o.output_type == "execute_result"]
    assert len(values) > 5
    assert [] == [v["text/plain"] for v in values if len(v["text/plain"]) > 200]
    assert [] == [v["text/plain"] for v in values if "<table" not in v["text/html"]]


def test_lines_of_the_log_are_for_people(executed: Any) -> None:
    lines = "".join(o.text for c in executed.cells for o in c.get("outputs", []) if "text" in o)
    assert "ML Event: training_started" in lines
    assert '{"timestamp"' not in lines
