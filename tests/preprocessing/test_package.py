"""The package itself: names, version, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import ml_infra_utils.preprocessing as package


def test_the_public_names_are_exactly_all():
    assert sorted(package.__all__) == list(package.__all__)
    assert set(package.__all__) == set(package._MODULES)
    for name in package.__all__:
        assert name == getattr(package, name).__name__
        assert name in dir(package)


def test_the_version_is_the_installed_one():
    assert version("ml-infra-preprocessing") == package.__version__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'normalise'"):
        package.normalise  # noqa: B018


def test_importing_loads_nothing_of_weight():
    script = (
        "import sys; before = set(sys.modules)\n"
        "import ml_infra_utils.preprocessing\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["__future__", "ml_infra_utils"]
