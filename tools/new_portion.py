"""Add a portion: package, tests, group of dependencies, news, pin, place in the façade, lock."""

from __future__ import annotations

import argparse
import re
import shutil
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit

from tools import changelog, git, lock
from tools.clone import bring, copy, tidy
from tools.program import program
from tools.projects import META, PREFIX, ROOT, projects

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST, PINNED = "0.1.0", ">=0.1,<0.2"

# What the metadata of all distributions says alike.
SHARED = ("readme", "requires-python", "license", "license-files", "authors", "classifiers", "urls")

MODULE = '''"""{description}."""

from __future__ import annotations

__all__: list[str] = []


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("{name}")
        except PackageNotFoundError:
            raise AttributeError("{name} is not installed: it has no version") from None
    raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")


def __dir__() -> list[str]:
    return sorted(__all__)
'''
TEST = '''"""What users see of {name}."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from ml_infra_utils import {portion}


def test_the_version_is_that_of_the_distribution() -> None:
    assert version("{name}") == {portion}.__version__


def test_without_metadata_there_is_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    assert not hasattr({portion}, "__version__")


def test_dir_shows_the_public_names_only() -> None:
    assert sorted({portion}.__all__) == dir({portion})


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'unknown'"):
        {portion}.unknown  # noqa: B018
'''


def main(arguments: Sequence[str] | None = None) -> None:
    """Add a portion from the command line."""
    parser = argparse.ArgumentParser(prog="new", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("portion", help="its short name, such as drift")
    parser.add_argument("--description", required=True, help="one sentence, without a full stop")
    parser.add_argument("--facade", action="store_true", help="ml_infra_utils.PORTION, too")
    options = parser.parse_args(arguments)
    with program():
        add(options.root.resolve(), options.portion, options.description, facade=options.facade)


def add(root: Path, portion: str, description: str, *, facade: bool) -> None:
    """Make the commit of a new portion in the checkout: all of it, or nothing."""
    known = projects(root)
    if not re.fullmatch("[a-z][a-z0-9]*", portion) or iskeyword(portion):
        raise SystemExit(f"{portion!r} has to be one word of small letters and digits, as a module")
    if portion in known:
        raise SystemExit(f"{portion} is there already: {known[portion].folder}")
    if not re.fullmatch(r'[^"\\\x00-\x1f]+', description):
        raise SystemExit("--description: expected one line without quotation marks and backslashes")
    tidy(root)
    words = {
        "name": f"{PREFIX}{portion}",
        "portion": portion,
        "description": description.rstrip("."),
    }
    with copy(root) as clone:
        _write_all(clone, words, facade=facade)
        lock.renew(clone, added=[f"test-{portion}"])
        git.git(clone, "add", "--all")
        git.git(clone, "commit", "--quiet", "--message", f"Begin {words['name']}")
        bring(root, clone, git.git(clone, "rev-parse", "HEAD"))
    print(
        f"Committed: Begin {words['name']}; look at it with `git show`. Its first release will be "
        f"{FIRST}.\n"
        f"Write the code below packages/{words['name']} and its tests below tests/{portion};\n"
        "say in the README's table what it is for."
    )


def _write_all(root: Path, words: dict[str, str], *, facade: bool) -> None:
    name, portion, meta = words["name"], words["portion"], projects(root)[META]
    folder = root / "packages" / name
    package = folder / "src" / "ml_infra_utils" / portion
    _write(package / "__init__.py", MODULE.format(**words))
    _write(package / "py.typed", "")
    _write(folder / "README.md", "# {name}\n\n{description}.\n".format(**words))
    head = meta.read_changelog().partition(changelog.START)[0]
    _write(folder / "CHANGELOG.md", head.replace(meta.name, name) + changelog.START)
    shutil.copy(meta.folder / "LICENSE", folder)
    _write_metadata(meta.folder / "pyproject.toml", folder / "pyproject.toml", words)
    _write(root / "tests" / portion / f"test_{portion}.py", TEST.format(**words))
    _write(root / "changelog.d" / portion / ".gitignore", "!.gitignore\n")
    _write(root / f"changelog.d/{portion}/+beginning.added.md", f"The beginning of {name}.\n")
    _write(root / f"changelog.d/{META}/+{portion}.added.md", f"Brings {name}.\n")
    _pin(meta.folder / "pyproject.toml", name)
    _declare(root / "pyproject.toml", portion)
    if facade:
        _show(meta.package / "__init__.py", portion)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_metadata(model: Path, path: Path, words: dict[str, str]) -> None:
    """Write the metadata: what all distributions share is taken from the meta-package's."""
    text = model.read_text(encoding="utf-8")
    document = tomlkit.parse(text.replace(f"packages/{PREFIX}{META}", f"packages/{words['name']}"))
    project = document["project"]
    own = {
        "name": words["name"],
        "version": FIRST,
        "description": words["description"],
        "keywords": ["machine learning", words["portion"]],
    }
    for key in list(project):
        if key in own:
            project[key] = own[key]
        elif key not in SHARED:
            del project[key]
    document["tool"]["pdm"]["build"]["includes"] = ["src/ml_infra_utils"]
    _write(path, tomlkit.dumps(document))


def _pin(path: Path, name: str) -> None:
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    pins = document["project"]["dependencies"]
    pins.insert(len(pins), f"{name}{PINNED}")
    _write(path, tomlkit.dumps(document))


def _declare(path: Path, portion: str) -> None:
    """Declare what its tests need, and that it keeps apart from the others."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    group = tomlkit.array('[{ include-group = "test" }]')
    document["dependency-groups"][f"test-{portion}"] = group
    rules = document.get("tool", {}).get("importlinter", {})
    module = f"ml_infra_utils.{portion}"
    if rules:
        rules["root_packages"].append(module)
    for contract in rules.get("contracts", []):
        for key in ("modules", "ancestors"):
            if contract["type"] in ("independence", "acyclic_siblings") and key in contract:
                contract[key].append(module)
    _write(path, tomlkit.dumps(document))


def _show(path: Path, portion: str) -> None:
    """Add the portion to the façade, as the last of its table, with no name of its own there."""
    text = path.read_text(encoding="utf-8")
    table = re.search(r"^_PORTIONS = \{\n(?:    .*\n)*", text, re.MULTILINE)
    if table is None:
        raise SystemExit(f"{path} has no table _PORTIONS: add {portion} by hand")
    _write(path, f'{text[: table.end()]}    "{portion}": (),\n{text[table.end() :]}')


if __name__ == "__main__":
    main()
