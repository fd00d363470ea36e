"""The facade of the meta-package."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import version

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


def test_a_portion_is_an_attribute_without_an_import_of_its_own() -> None:
    assert "0.75" == run("import ml_infra_utils as m; print(m.metrics.accuracy([1, 1, 1, 0], [1] * 4))")


def test_importing_the_facade_imports_no_portion() -> None:
    code = "import sys, ml_infra_utils; print([m for m in sys.modules if m.startswith('ml_infra_utils.')])"
    assert "[]" == run(code)


def test_dir_lists_the_names_before_they_are_loaded() -> None:
    code = "import ml_infra_utils as m; print(set(m.__all__) | {'metrics'} <= set(dir(m)))"
    assert "True" == run(code)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ml_infra_utils' has no attribute 'normalise'"):
        _ = ml_infra_utils.normalise


def test_a_missing_portion_names_the_distribution_to_install() -> None:
    block = "import sys; sys.modules['ml_infra_utils.metrics'] = None; "
    code = block + (
        "import ml_infra_utils\n"
        "try: ml_infra_utils.accuracy\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    assert (
        "ml_infra_utils.metrics is not installed; run: pip install ml-infra-metrics" == run(code)
    )


def test_an_error_inside_a_portion_is_not_mistaken_for_a_missing_one() -> None:
    code = (
        "import sys, ml_infra_utils\n"
        "sys.modules['ml_infra_utils.metrics.classification'] = None\n"
        "try: ml_infra_utils.accuracy\n"
        "except ModuleNotFoundError as error: print(error.name)"
    )
    assert "ml_infra_utils.metrics.classification" == run(code)


def run(code: str) -> str:
    """Run the code in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
