"""One namespace in any combination of distributions, folders and kinds of installation."""

from __future__ import annotations

import shutil
import sys
from itertools import chain, combinations
from pathlib import Path
from typing import Callable

import pytest
from python_discovery import get_interpreter

from tests.distribution.conftest import Environment, run_python
from tools.build import Files
from tools.projects import META, projects
from tools.pythons import make_visible, running

PORTIONS = [portion for portion in projects() if portion != META]
SUBSETS = list(chain.from_iterable(combinations(PORTIONS, size) for size in range(5)))
IMPORTABLE = """
import importlib, sys
sys.path[:0] = {folders!r}
found = []
for portion in {portions!r}:
    try:
        importlib.import_module("ml_infra_utils." + portion)
        found.append(portion)
    except ModuleNotFoundError as error:
        assert error.name in ("ml_infra_utils", "ml_infra_utils." + portion), error
import logging
assert logging.getLogger and "ml_infra_utils" not in logging.__file__, logging.__file__
print(*found)
"""
USED = """
from ml_infra_utils.{portion} import *
import ml_infra_utils.{portion} as module
print(all(hasattr(module, name) for name in module.__all__))
"""


def interpreters() -> list[str]:
    make_visible()
    here = running(projects()[META].pythons)
    found = [get_interpreter(version) for version in dict.fromkeys([here[0], here[-1]])]
    return [str(python.executable) for python in found if python is not None]


def importable(python: str, *folders: Path) -> list[str]:
    paths = [str(folder) for folder in folders]
    return run_python(python, IMPORTABLE.format(folders=paths, portions=PORTIONS)).split()


@pytest.mark.parametrize("facade", [False, True], ids=["bare", "facade"])
@pytest.mark.parametrize("subset", SUBSETS, ids=lambda subset: "+".join(subset) or "none")
def test_each_subset_imports_exactly_what_was_installed(
    subset: tuple[str, ...], facade: bool, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    chosen = [*subset, META] if facade else subset
    folder = target("site", *(files[portion].wheel for portion in chosen))
    for python in interpreters():
        assert list(subset) == importable(python, folder)


@pytest.mark.parametrize("facade_first", [False, True])
@pytest.mark.parametrize("python", interpreters())
def test_portions_may_lie_in_different_folders_in_either_order(
    python: str, facade_first: bool, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    one = target("one", files["metrics"].wheel, files[META].wheel)
    other = target("other", *(files[p].wheel for p in PORTIONS if p != "metrics"))
    folders = [one, other] if facade_first else [other, one]
    assert PORTIONS == importable(python, *folders)


@pytest.mark.parametrize("python", interpreters())
def test_a_folder_that_is_added_after_the_facade_was_imported_is_found(
    python: str, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    one, other = target("one", files[META].wheel), target("other", files["metrics"].wheel)
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(one)!r})\n"
        "import ml_infra_utils\n"
        "try: import ml_infra_utils.metrics\n"
        "except ModuleNotFoundError: pass\n"
        f"sys.path.append({str(other)!r})\n"
        "import ml_infra_utils.metrics\n"
        "print(ml_infra_utils.accuracy([1, 0], [1, 1]))"
    )
    assert "0.5" == run_python(python, code)


@pytest.mark.parametrize("python", interpreters())
def test_without_metadata_the_facade_has_no_version(
    python: str, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    folder = target("site", files[META].wheel)
    (metadata,) = folder.glob("*.dist-info")
    shutil.rmtree(metadata)
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        "import ml_infra_utils; print(hasattr(ml_infra_utils, '__version__'))"
    )
    assert "False" == run_python(python, code)


@pytest.mark.parametrize("portion", PORTIONS)
def test_a_portion_works_when_installed_alone(
    portion: str, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    folder = target("site", files[portion].wheel)
    code = f"import sys; sys.path.insert(0, {str(folder)!r})" + USED.format(portion=portion)
    assert "True" == run_python(sys.executable, code)


@pytest.mark.parametrize(
    "editable",
    [[*PORTIONS, META], [META], [PORTIONS[0]], PORTIONS[1:]],
    ids=["all", "facade", "one portion", "three portions"],
)
def test_editable_installs_and_wheels_mix(
    editable: list[str], files: dict[str, Files], environment: Environment, tmp_path: Path
) -> None:
    everything = projects()
    for portion, built in files.items():
        if portion in editable:  # a copy, since an installation leaves a folder in the sources
            copy = shutil.copytree(everything[portion].folder, tmp_path / portion)
            environment.install("--editable", copy)
        else:
            environment.install(built.wheel)
    assert PORTIONS == importable_in(environment)
    assert "0.5" == environment.run(
        "from ml_infra_utils import normalize; print(normalize([1, 2, 3])[1])"
    )


@pytest.mark.parametrize("gone", [*PORTIONS, META])
def test_uninstalling_one_leaves_the_others_working(
    gone: str, files: dict[str, Files], environment: Environment
) -> None:
    environment.install(*(built.wheel for built in files.values()))
    environment.uninstall(f"ml-infra-{gone}")
    assert [p for p in PORTIONS if p != gone] == importable_in(environment)


def test_the_facade_names_the_distribution_that_is_missing(
    files: dict[str, Files], environment: Environment
) -> None:
    environment.install(files[META].wheel, files["decorators"].wheel)
    code = (
        "try: from ml_infra_utils import accuracy\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    expected = "ml_infra_utils.metrics is not installed; run: pip install ml-infra-metrics"
    assert expected == environment.run(code)


def importable_in(environment: Environment) -> list[str]:
    return environment.run(IMPORTABLE.format(folders=[], portions=PORTIONS)).split()


@pytest.mark.parametrize("portion", PORTIONS)
def test_public_names_are_exactly_all(
    portion: str, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    folder = target("site", files[portion].wheel)
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        f"import types, ml_infra_utils.{portion} as m\n"
        "public = {n for n in dir(m) if not n.startswith('_')} - {'annotations', 'TYPE_CHECKING'}\n"
        "public = {n for n in public if not isinstance(getattr(m, n), types.ModuleType)}\n"
        "print(sorted(public ^ set(m.__all__)))"
    )
    assert "[]" == run_python(sys.executable, code)


@pytest.mark.parametrize("portion", PORTIONS)
def test_importing_every_public_name_asks_for_no_third_party_module(
    portion: str, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    folder = target("site", *(built.wheel for built in files.values()))
    code = (
        "import sys\n"
        "asked = set()\n"
        "class Recorder:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        asked.add(name.partition('.')[0])\n"
        f"sys.path.insert(0, {str(folder)!r})\n"
        "sys.meta_path.insert(0, Recorder)\n"
        f"from ml_infra_utils.{portion} import *\n"
        # The standard library's copy module looks for Jython's org.python.
        "print(sorted(asked - {'ml_infra_utils', 'org'} - sys.stdlib_module_names))"
    )
    assert "[]" == run_python(sys.executable, code)
