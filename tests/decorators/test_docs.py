"""The guide and the example run as they stand."""

from __future__ import annotations

import doctest
import runpy
from pathlib import Path

from ml_infra_utils.decorators.testing import no_waits

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "decorators.md"


def test_the_examples_of_the_guide_do_what_it_says():
    with no_waits():
        failed, tried = doctest.testfile(str(GUIDE), module_relative=False)
    assert (0, True) == (failed, tried > 20)


def test_the_example_gets_every_answer(capsys):
    with no_waits():
        runpy.run_path(str(ROOT / "examples" / "decorators_flaky_backend.py"), run_name="__main__")
    assert "120 answers after 149 requests" in capsys.readouterr().out
