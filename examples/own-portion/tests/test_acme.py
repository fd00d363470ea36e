"""The portion keeps the conventions of all portions, and its command runs beside theirs."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

from ml_infra_utils import acme
from tools.conventions import broken

# What the script `ml-infra` of the meta-package does.
ML_INFRA = "import sys; from ml_infra_utils._commands.main import main; sys.exit(main())"


def ml_infra(*arguments: str, folder: Path) -> str:
    command = [sys.executable, "-c", ML_INFRA, *arguments]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_it_keeps_the_conventions() -> None:
    assert [] == broken("ml_infra_utils.acme")


def test_the_example_of_the_docstring() -> None:
    assert 0 == doctest.testmod(acme).failed


def test_the_command_counts_and_its_documents_add_up(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a rose is a rose", encoding="utf-8")
    assert "rose      2" in ml_infra("words", "text", "--save", "counts.json", folder=tmp_path)
    ml_infra("state", "merge", "counts.json", "counts.json", "-o", "sum.json", folder=tmp_path)
    whole = acme.WordCounts.from_json((tmp_path / "sum.json").read_text(encoding="utf-8"))
    assert {"a": 4, "rose": 4, "is": 2} == whole.counts
    assert "| rose | 4 |" in ml_infra(
        "state", "show", "sum.json", "--format", "markdown", folder=tmp_path
    )


def test_the_doctor_lists_it(tmp_path: Path) -> None:
    assert "ml-infra-acme" in ml_infra("doctor", folder=tmp_path)
