"""What importing ml_infra_utils.metrics gives and costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

import ml_infra_utils.metrics as metrics


def test_all_holds_every_public_name_and_no_other() -> None:
    public = {
        name
        for name, value in vars(metrics).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }
    assert public == set(metrics.__all__)
    assert len(metrics.__all__) == len(set(metrics.__all__))


def test_version_is_the_installed_one() -> None:
    assert version("ml-infra-metrics") == metrics.__version__


def test_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'acuracy'"):
        _ = metrics.acuracy


def test_import_loads_no_third_party_module() -> None:
    program = (
        "import sys; before = set(sys.modules); import ml_infra_utils.metrics;"
        "print(*(getattr(sys.modules[m], '__file__', None) for m in set(sys.modules) - before),"
        "sep='\\n')"
    )
    files = subprocess.run(
        [sys.executable, "-I", "-c", program],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    ours = [file for file in files if "ml_infra_utils" in file]
    third_party = [file for file in files if "site-packages" in file and file not in ours]
    assert len(ours) > 1
    assert [] == third_party
