"""The package itself: names, version, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import ml_infra_utils.preprocessing as package


def test_the_public_names_are_sorted_and_each_is_there():
    assert sorted(package.__all__) == list(package.__all__)
    for name in package.__all__:
        assert name == getattr(package, name).__name__


def test_dir_shows_the_public_names_only():
    assert sorted(package.__all__) == dir(package)


def test_the_version_is_the_installed_one():
    assert version("ml-infra-preprocessing") == package.__version__


def test_without_metadata_there_is_no_version(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    assert not hasattr(package, "__version__")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'normalise'"):
        package.normalise  # noqa: B018


def loaded_by(code):
    """The top-level modules that some code loads in a fresh interpreter."""
    script = (
        f"import sys; before = set(sys.modules)\n{code}\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    return set(printed_by(script))


def printed_by(script):
    """Return the words that a script prints in an interpreter of its own."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_importing_loads_nothing_of_weight():
    assert {"__future__", "ml_infra_utils"} == loaded_by("import ml_infra_utils.preprocessing")


def test_lists_need_no_library():
    loaded = loaded_by(
        "from ml_infra_utils.preprocessing import *\n"
        "normalize([1, 2]), standardize([1, 2]), clip_outliers([1, 2]), summarize([1, None])\n"
        "find_missing_values([None]), validate_range([1], 0, 1), check_data_types([1], int)\n"
    )
    assert not loaded & {"numpy", "pandas", "narwhals", "array_api_compat", "sklearn"}


def test_a_frame_needs_narwhals_only():
    loaded = loaded_by(
        "import polars\n"
        "import ml_infra_utils.preprocessing as p\n"
        "p.MinMaxScaler().fit_transform(polars.DataFrame({'a': [1.0, 2.0]}))"
    )
    assert "narwhals" in loaded
    assert not loaded & {"pandas", "array_api_compat", "sklearn"}


@pytest.mark.parametrize(
    ("before", "kinds"),
    [
        ("", ["ndarray", "ndarray"]),
        ("import numpy", ["ndarray", "ndarray"]),
        ("import sys; sys.modules['numpy'] = None", ["tuple", "list"]),  # as if not installed
    ],
)
def test_fitted_attributes_are_arrays_unless_numpy_is_not_installed(before, kinds):
    script = (
        f"{before}\nfrom ml_infra_utils.preprocessing import StandardScaler\n"
        "loaded = StandardScaler.from_json(StandardScaler().fit([{'a': 1}, {'a': 3}]).to_json())\n"
        "print(type(loaded.mean_).__name__, type(loaded.feature_names_in_).__name__)"
    )
    assert kinds == printed_by(script)


def test_a_state_is_loaded_and_serves_without_numpy():
    loaded = loaded_by(
        "from ml_infra_utils.preprocessing import StandardScaler\n"
        "fitted = StandardScaler().fit([{'a': 1}, {'a': 3}])\n"
        "StandardScaler.from_json(fitted.to_json()).transform({'a': 2})"
    )
    assert not loaded & {"numpy", "pandas", "narwhals", "array_api_compat", "sklearn"}
