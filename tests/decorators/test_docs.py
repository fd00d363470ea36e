"""The guide runs as it stands."""

from __future__ import annotations

import doctest
from pathlib import Path

from ml_infra_utils.decorators.testing import no_waits

GUIDE = Path(__file__).parents[2] / "docs" / "decorators.md"


def test_the_examples_of_the_guide_do_what_it_says():
    with no_waits():
        failed, tried = doctest.testfile(str(GUIDE), module_relative=False)
    assert (0, True) == (failed, tried > 20)
