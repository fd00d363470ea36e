"""What importing ml_infra_utils.metrics gives and costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import ml_infra_utils.metrics as metrics
from ml_infra_utils.metrics import (
    agreement,
    calibration,
    classification,
    curves,
    drift_report,
    overlap,
    probability,
    ranking,
    regression,
)

MODULES = (
    classification,
    overlap,
    agreement,
    probability,
    calibration,
    curves,
    drift_report,
    ranking,
    regression,
)


def test_every_public_name_is_there_and_listed_and_no_other() -> None:
    assert all(hasattr(metrics, name) for name in [*metrics.__all__, "__version__"])
    assert sorted(metrics.__all__) == dir(metrics)
    assert len(metrics.__all__) == len(set(metrics.__all__))


def test_all_is_exact() -> None:
    defined = {name for module in MODULES for name in module.__all__}
    values = {name for name in metrics.__all__ if isinstance(getattr(metrics, name), type)}
    assert {*defined, *values, "compare"} == set(metrics.__all__)


def test_without_metadata_there_is_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(metrics), "__version__", raising=False)

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", version)
    assert not hasattr(metrics, "__version__")
    with pytest.raises(AttributeError, match="metadata of ml-infra-metrics is not installed"):
        _ = metrics.__version__


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
    assert [metrics.__file__] == ours
    assert [] == third_party
