"""The tools that find, build and run things."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tools.conftest import make_told
from tools.bootstrap import requirements
from tools.build import build
from tools.projects import META, ROOT, closure, projects
from tools.pythons import running
from tools.quickstart import scores

SCRIPT = """# /// script
# dependencies = [
#     "ml-infra-told==0.1.0",
# ]
# ///
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tools.bootstrap import ensure
ensure(Path(__file__))
from ml_infra_utils.told import VALUE
print(VALUE, sys.argv[1:])
"""


def test_distributions_are_found_from_their_folders_dependencies_first() -> None:
    found = projects()
    assert set((ROOT / "packages").iterdir()) == {project.folder for project in found.values()}
    assert META == list(found)[-1]


def test_the_meta_package_needs_all_and_a_portion_only_itself() -> None:
    everything = projects()
    *portions, meta = everything.values()
    assert [*portions, meta] == closure(meta, everything)
    assert [[portion] for portion in portions] == [closure(p, everything) for p in portions]


def test_the_noxfiles_header_pins_what_it_needs() -> None:
    pins = requirements(ROOT / "noxfile.py")
    assert ["nox", "uv"] == [pin.partition("==")[0] for pin in pins]


def test_a_script_without_a_header_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print(1)\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"script\.py has no PEP 723 header"):
        requirements(script)


def test_a_script_makes_its_environment_and_mends_an_interrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a package that no environment has, wherever this is run."""
    wheel = build(make_told(tmp_path / "told"), tmp_path / "dist").wheel
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(ROOT)), encoding="utf-8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), "--option", "a b"]
        return subprocess.run(command, capture_output=True, text=True, check=True)

    first, second = run(), run()
    assert "7 ['--option', 'a b']" == first.stdout.strip() == second.stdout.strip()
    assert "installing, once: ml-infra-told==0.1.0" in first.stderr
    assert "" == second.stderr

    (made,) = (tmp_path / ".nox").iterdir()
    (made / "complete").unlink()
    shutil.rmtree(next(made.glob("[Ll]ib/**/ml_infra_utils")))
    assert "7 ['--option', 'a b']" == run().stdout.strip()


def test_files_are_built_across_file_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.is_relative_to(elsewhere) != Path(target).is_relative_to(elsewhere):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    monkeypatch.setattr(Path, "replace", refuse)
    assert build(projects()["metrics"].folder, tmp_path / "dist").wheel.exists()


def test_an_interpreter_that_does_not_run_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    own = f"3.{sys.version_info[1]}"
    assert [own] == running([own, "3.99"])


def test_scores_are_those_of_the_last_event_that_has_any() -> None:
    output = (
        'load took 0.1 seconds\n{"message": "a"}\n'
        '{"context": {"metrics": {}}}\n{"context": {"metrics": {"accuracy": 0.9}}}\n{"context": {}}'
    )
    assert {"accuracy": 0.9} == scores(output)
