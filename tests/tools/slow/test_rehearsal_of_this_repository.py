"""The real rehearsal, by the command that a maintainer types, on a scripted history.

It runs lint and tools in a clone, so it cannot be one of the tests that tools runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools import git
from tools.projects import ROOT


def test_a_change_of_the_decorators_is_rehearsed_with_their_own_tests(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git.git(ROOT, "clone", "--quiet", "--no-tags", str(ROOT), str(clone))
    git.git(clone, "config", "user.name", "A Maintainer")
    git.git(clone, "config", "user.email", "maintainer@example.com")
    readme = clone / "packages" / "ml-infra-decorators" / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nMore.\n", encoding="utf-8")
    (clone / "changelog.d/decorators/+more.added.md").write_text("More.\n", encoding="utf-8")
    git.git(clone, "add", "--all")
    git.git(clone, "commit", "--quiet", "--message", "Say more")
    before = git.git(clone, "rev-parse", "HEAD"), git.tags(clone)

    command = [sys.executable, "noxfile.py", "-s", "release", "--", "rehearse", "decorators"]
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    done = subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "decorators" in done.stdout
    assert "ml-infra-utils" in done.stdout
    assert "The rehearsal succeeded" in done.stdout
    assert before == (git.git(clone, "rev-parse", "HEAD"), git.tags(clone))
    assert git.is_clean(clone)
