from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

from ml_infra_utils import decorators

HEAVY = {
    "asyncio",
    "contextvars",
    "dataclasses",
    "datetime",
    "functools",
    "inspect",
    "logging",
    "typing",
}


def test_version_is_the_distribution_s():
    assert version("ml-infra-decorators") == decorators.__version__


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = decorators.nonsense


def test_public_names_are_exactly_all():
    public = {
        name
        for name in dir(decorators)
        if not name.startswith("_") and not isinstance(getattr(decorators, name), ModuleType)
    }

    assert set(decorators.__all__) == public - {"TYPE_CHECKING"}


def test_every_public_name_is_documented():
    for name in decorators.__all__:
        assert getattr(decorators, name).__doc__


def test_import_loads_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import ml_infra_utils.decorators; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()

    assert "ml_infra_utils.decorators" in loaded
    assert HEAVY.isdisjoint(loaded)


@pytest.mark.parametrize(
    "first",
    [
        "import ml_infra_utils.decorators",
        "import ml_infra_utils.decorators.retry",
        "from ml_infra_utils.decorators.retry import retry_on_condition",
        "from ml_infra_utils.decorators import retrying",
        "import ml_infra_utils.decorators.testing",
        "from ml_infra_utils.decorators import *",
    ],
)
def test_retry_is_the_function_whatever_is_imported_first(first):
    code = (
        f"{first}\n"
        "from ml_infra_utils.decorators.retry import retry as original\n"
        "from ml_infra_utils.decorators import retry\n"
        "import ml_infra_utils.decorators as decorators\n"
        "assert original is retry is decorators.retry, decorators.retry"
    )
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
