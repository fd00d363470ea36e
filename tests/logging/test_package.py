from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import ml_infra_utils.logging as package


def test_every_public_name_is_there() -> None:
    assert package.__all__ == [name for name in package.__all__ if hasattr(package, name)]
    assert {*package.__all__} == {name for name in dir(package) if not name.startswith("__")}


def test_version_is_that_of_the_distribution() -> None:
    assert version("ml-infra-logging") == package.__version__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        package.nonsense  # noqa: B018 # the access is the test


def test_import_loads_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import ml_infra_utils.logging; "
        "print(*sorted(set(sys.modules) - before))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    namespace = {"__future__", "ml_infra_utils"}
    assert {"ml_infra_utils.logging"} == set(result.stdout.split()) - namespace


def test_standard_library_keeps_its_logging() -> None:
    import logging

    assert hasattr(logging, "getLogger")
