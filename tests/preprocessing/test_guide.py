"""The examples of the guide give what it says."""

from __future__ import annotations

import doctest
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "preprocessing.md"


def test_examples_of_the_guide():
    failed, tried = doctest.testfile(str(GUIDE), module_relative=False)
    assert tried > 15
    assert 0 == failed
