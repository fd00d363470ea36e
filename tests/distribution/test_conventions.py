"""The habits that the portions share, held by whatever the installed portions export."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.distribution.conftest import PROJECTS, run_python
from tools.conventions import broken
from tools.projects import META

PORTIONS = [portion for portion in PROJECTS if portion != META]
COPIES = (
    "_words.py",
    "_documents.py",
    "_tables.py",
    "_commands/running.py",
    "_commands/alone.py",
    "_commands/cells.py",
    "_commands/files.py",
    "_commands/limits.py",
    "_commands/progress.py",
)


@pytest.fixture(scope="module")
def _installed(site: Path) -> None:
    """Let this process import the wheels, and not the sources."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "ml_infra_utils"]:
        del sys.modules[name]
    sys.path.insert(0, str(site))


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("portion", PORTIONS)
def test_every_public_name_keeps_the_habits(portion: str) -> None:
    assert [] == broken(f"ml_infra_utils.{portion}")


@pytest.mark.usefixtures("_installed")
def test_a_habit_that_is_broken_is_told_with_file_line_and_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "careless").mkdir()
    (tmp_path / "careless" / "__init__.py").write_text(
        "__all__ = ['Counts']\n"
        "class Counts:\n"
        "    def to_dict(self): return {}\n"
        "    @classmethod\n"
        "    def from_dict(cls, document): return cls()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    places = [line.partition(": Counts: ") for line in broken("careless")]
    assert [
        "a public name has a docstring",
        "a document has a schema, schemas/counts-1.schema.json",
    ] == [rule for _, _, rule in places]
    assert all(place.endswith("careless/__init__.py:2") for place, _, _ in places)


@pytest.mark.parametrize("name", COPIES)
def test_the_modules_that_portions_share_are_copies(name: str) -> None:
    texts = {
        portion: path.read_text(encoding="utf-8").replace(f"ml_infra_utils.{portion}", "portion")
        for portion in PROJECTS
        if (path := PROJECTS[portion].package / name).exists()
    }
    different = [portion for portion, text in texts.items() if text != next(iter(texts.values()))]
    assert [] == different
    assert len(texts) > 1


@pytest.mark.parametrize("portion", PORTIONS)
def test_without_metadata_a_portion_has_no_version(portion: str, site: Path) -> None:
    code = (
        f"import importlib.metadata, sys; sys.path.insert(0, {str(site)!r})\n"
        "def missing(name): raise importlib.metadata.PackageNotFoundError(name)\n"
        "importlib.metadata.version = missing\n"
        f"import ml_infra_utils.{portion} as m\n"
        "print(hasattr(m, '__version__'))"
    )
    assert "False" == run_python(sys.executable, code)
