"""What is in the files that people download."""

from __future__ import annotations

import shutil
import tarfile
from collections import Counter
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools.build import Files, build
from tools.projects import META, PREFIX, ROOT, Project, projects


def members(wheel: Path) -> list[str]:
    return [name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name]


def read(wheel: Path, name: str) -> str:
    archive = ZipFile(wheel)
    (found,) = (member for member in archive.namelist() if member.endswith(name))
    return archive.read(found).decode()


def test_a_wheel_holds_exactly_the_sources_of_its_own_package(
    project: Project, files: dict[str, Files]
) -> None:
    source = project.folder / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert expected == set(members(files[project.portion].wheel))


def test_a_portions_wheel_stays_inside_its_own_folder(
    project: Project, files: dict[str, Files]
) -> None:
    if project.is_meta:
        expected = {
            "ml_infra_utils/__init__.py",
            "ml_infra_utils/py.typed",
            "ml_infra_utils-stubs/__init__.pyi",
            "ml_infra_utils-stubs/py.typed",
        }
        names = set(members(files[META].wheel))
        assert expected == {n for n in names if not n.startswith("ml_infra_utils/_commands/")}
    else:
        folder = f"ml_infra_utils/{project.portion}/"
        assert [] == [n for n in members(files[project.portion].wheel) if not n.startswith(folder)]


def test_only_the_meta_package_has_the_namespaces_init(files: dict[str, Files]) -> None:
    owners = [p for p, f in files.items() if "ml_infra_utils/__init__.py" in members(f.wheel)]
    assert [META] == owners


def test_no_file_is_in_two_wheels(files: dict[str, Files]) -> None:
    counts = Counter(name for built in files.values() for name in members(built.wheel))
    assert [] == [name for name, count in counts.items() if count > 1]


def test_a_wheel_is_not_empty_and_is_typed(project: Project, files: dict[str, Files]) -> None:
    names = members(files[project.portion].wheel)
    folder = project.module.replace(".", "/")
    assert {f"{folder}/__init__.py", f"{folder}/py.typed"} <= set(names)


def test_a_wheel_is_pure_python(project: Project, files: dict[str, Files]) -> None:
    assert files[project.portion].wheel.name.endswith("-py3-none-any.whl")


def test_a_wheel_carries_its_readme_and_the_license(
    project: Project, files: dict[str, Files]
) -> None:
    wheel = files[project.portion].wheel
    readme = (project.folder / "README.md").read_text(encoding="utf-8")
    assert readme.strip() == message_from_string(read(wheel, "METADATA")).get_payload().strip()
    assert (ROOT / "LICENSE").read_text(encoding="utf-8") == read(wheel, "licenses/LICENSE")


def test_the_metadata_says_license_pythons_and_where_the_project_is(
    project: Project, files: dict[str, Files]
) -> None:
    metadata = message_from_string(read(files[project.portion].wheel, "METADATA"))
    said = {
        name: metadata[name]
        for name in ("Name", "Version", "License-Expression", "Requires-Python")
    }
    expected = {
        "Name": project.name,
        "Version": project.version,
        "License-Expression": "MIT",
        "Requires-Python": ">=3.8",
    }
    assert expected == said
    urls = {url.split(",")[0] for url in metadata.get_all("Project-URL", [])}
    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= urls
    assert ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"] == project.pythons


def test_an_sdist_has_what_a_packager_looks_for(project: Project, files: dict[str, Files]) -> None:
    sdist = files[project.portion].sdist
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "PKG-INFO"} <= names


def test_two_builds_are_byte_identical(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    elsewhere = tmp_path / "elsewhere" / project.folder.name
    shutil.copytree(project.folder, elsewhere, copy_function=shutil.copyfile)
    first = build(project.folder, tmp_path / "first")
    second = build(elsewhere, tmp_path / "second")
    assert first.sdist.read_bytes() == second.sdist.read_bytes()
    assert first.wheel.read_bytes() == second.wheel.read_bytes()


def test_the_meta_package_depends_on_every_portion_by_a_range_that_admits_it() -> None:
    everything = projects()
    pins = {requirement.name: requirement for requirement in everything[META].requirements}
    portions = {p.name: p for p in everything.values() if not p.is_meta}
    assert portions.keys() == {name for name in pins if name.startswith(PREFIX)}
    for name in portions:
        requirement = pins[name]
        assert requirement.specifier.contains(portions[name].version)
        assert ["<", ">="] == sorted(s.operator for s in requirement.specifier)


def test_no_portion_depends_on_another() -> None:
    everything = projects()
    names = {p.name for p in everything.values()}
    portions = [p for p in everything.values() if not p.is_meta]
    assert [] == [r.name for p in portions for r in p.requirements if r.name in names]
