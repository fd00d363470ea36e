from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from importlib.metadata import PackageNotFoundError

import pytest

from ml_infra_utils import decorators

HEAVY = {
    "asyncio",
    "dataclasses",
    "datetime",
    "functools",
    "inspect",
    "logging",
    "typing",
}


def test_version_is_the_distribution_s():
    assert metadata.version("ml-infra-decorators") == decorators.__version__


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = decorators.nonsense


def test_dir_shows_the_public_names_only():
    assert sorted(decorators.__all__) == dir(decorators)
    assert all(hasattr(decorators, name) for name in dir(decorators))


def test_without_metadata_there_is_no_version(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert not hasattr(decorators, "__version__")


def test_every_public_name_is_documented():
    for name in decorators.__all__:
        assert getattr(decorators, name).__doc__


@pytest.mark.parametrize(
    "code",
    [
        "import ml_infra_utils.decorators",
        "from ml_infra_utils.decorators import retry; retry(len)",
        "from ml_infra_utils.decorators import retry; retry(max_attempts=2, timeout=9)(len)",
        "from ml_infra_utils.decorators import timer; timer(len)",
    ],
)
def test_import_and_first_use_load_nothing_heavy(code):
    code = (
        f"import sys; before = set(sys.modules); {code}; print(*sorted(set(sys.modules) - before))"
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
