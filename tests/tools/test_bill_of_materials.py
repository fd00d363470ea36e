"""The bill of materials of a wheel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.build import Files
from tools.projects import META, projects
from tools.publish.bill_of_materials import write_sbom


def written(files: dict[str, Files], portion: str, folder: Path) -> str:
    folder.mkdir()
    return write_sbom(Path(shutil.copy(files[portion].wheel, folder))).read_text("utf-8")


def test_it_is_valid_cyclonedx(files: dict[str, Files], tmp_path: Path) -> None:
    text = written(files, "metrics", tmp_path / "a")
    assert None is JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)


def test_it_names_the_wheel_its_license_and_what_it_requires(
    files: dict[str, Files], tmp_path: Path
) -> None:
    document = json.loads(written(files, "utils", tmp_path / "a"))
    subject = document["metadata"]["component"]
    assert f"pkg:pypi/ml-infra-utils@{projects()[META].version}" == subject["purl"]
    assert [{"expression": "MIT"}] == [{"expression": x["expression"]} for x in subject["licenses"]]
    expected = {requirement.name for requirement in projects()[META].required()}
    assert {"ml-infra-metrics", "typer"} < expected
    assert expected == {component["name"] for component in document["components"]}


def test_a_package_with_a_range_for_each_python_is_named_once(
    files: dict[str, Files], tmp_path: Path
) -> None:
    components = json.loads(written(files, "metrics", tmp_path / "a"))["components"]
    (narwhals,) = (each for each in components if each["name"] == "narwhals")
    ranges = sorted(each["value"] for each in narwhals["properties"])
    declared = projects()["metrics"].required()
    assert sorted(str(each) for each in declared if each.name == "narwhals") == ranges
    assert 2 == len(ranges)


def test_the_same_wheel_gives_the_same_bytes(files: dict[str, Files], tmp_path: Path) -> None:
    assert written(files, "metrics", tmp_path / "a") == written(files, "metrics", tmp_path / "b")
