"""The facade of the meta-package."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest

import ml_infra_utils

HOMES = [
    ("normalize", "preprocessing.normalization"),
    ("standardize", "preprocessing.normalization"),
    ("accuracy", "metrics.classification"),
    ("precision", "metrics.classification"),
    ("recall", "metrics.classification"),
    ("f1_score", "metrics.classification"),
    ("timer", "decorators.timing"),
    ("retry", "decorators.retry"),
    ("StructuredLogger", "logging.structured"),
]


@pytest.mark.parametrize(("name", "home"), HOMES)
def test_a_name_is_the_very_object_of_its_portion(name: str, home: str) -> None:
    module = importlib.import_module(f"ml_infra_utils.{home}")
    assert getattr(module, name) is getattr(ml_infra_utils, name)


def test_all_lists_the_names_of_the_guide() -> None:
    assert {name for name, _ in HOMES} | {"__version__"} == set(ml_infra_utils.__all__)


def test_star_import_gives_every_name() -> None:
    namespace: dict[str, object] = {}
    exec("from ml_infra_utils import *", namespace)
    assert set(ml_infra_utils.__all__) <= set(namespace)


def test_version_is_the_meta_packages() -> None:
    assert version("ml-infra-utils") == ml_infra_utils.__version__


def test_without_metadata_there_is_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    monkeypatch.delitem(vars(ml_infra_utils), "__version__", raising=False)
    assert not hasattr(ml_infra_utils, "__version__")


def test_a_portion_in_a_folder_added_later_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portion = tmp_path / "ml_infra_utils" / "added_later"
    portion.mkdir(parents=True)
    (portion / "__init__.py").touch()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("ml_infra_utils.added_later")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert importlib.import_module("ml_infra_utils.added_later")


def test_a_portion_is_an_attribute_without_an_import_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = importlib.import_module("ml_infra_utils.metrics")
    monkeypatch.delitem(vars(ml_infra_utils), "metrics", raising=False)
    assert expected is ml_infra_utils.metrics


def test_importing_the_facade_imports_no_portion() -> None:
    code = (
        "import sys, ml_infra_utils; print([m for m in sys.modules if m[:15] == 'ml_infra_utils.'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "[]" == done.stdout.strip()


def test_dir_lists_names_and_portions_and_nothing_else() -> None:
    listed = dir(ml_infra_utils)
    portions = {"preprocessing", "metrics", "decorators", "logging"}
    assert sorted({*listed, *ml_infra_utils.__all__, *portions}) == listed
    others = {*listed} - {*ml_infra_utils.__all__}
    assert [] == [name for name in others if not find_spec(f"ml_infra_utils.{name}")]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(
        AttributeError, match="module 'ml_infra_utils' has no attribute 'normalise'"
    ):
        _ = ml_infra_utils.normalise


def test_a_missing_portion_names_the_distribution_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ml_infra_utils.metrics", None)
    monkeypatch.delitem(vars(ml_infra_utils), "accuracy", raising=False)
    expected = "ml_infra_utils.metrics is not installed; run: pip install ml-infra-metrics"
    with pytest.raises(ModuleNotFoundError, match=f"^{expected}$"):
        _ = ml_infra_utils.accuracy


def test_an_error_inside_a_portion_is_not_mistaken_for_a_missing_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in [name for name in sys.modules if name.startswith("ml_infra_utils.metrics")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "ml_infra_utils.metrics.classification", None)
    monkeypatch.delitem(vars(ml_infra_utils), "accuracy", raising=False)
    with pytest.raises(ModuleNotFoundError, match="classification"):
        _ = ml_infra_utils.accuracy


def test_the_example_of_the_docstring_is_true() -> None:
    assert 0 == doctest.testmod(ml_infra_utils).failed
