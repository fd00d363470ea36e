"""What an editor finds in the installed wheels: jedi is behind Jupyter, Spyder and many more."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import jedi

from tests.distribution.conftest import PROJECTS, run_python
from tools.projects import META, Project


def names(project: Project, site: Path) -> list[str]:
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        f"import {project.module} as m; print(*m.__all__)"
    )
    return run_python(sys.executable, code).split()


def script(code: str, site: Path) -> jedi.Script:
    project = jedi.Project(site, sys_path=[str(site)], load_unsafe_extensions=False)
    return jedi.Script(code, path=site / "notebook.py", project=project)


def test_an_editor_goes_to_the_definition_of_every_public_name(
    project: Project, site: Path
) -> None:
    unfound = []
    for name in names(project, site):
        asked = script(f"from {project.module} import {name}\n{name}", site)
        found = [d for d in asked.goto(2, 0, follow_imports=True) if d.line and d.name == name]
        if not any(site in Path(str(d.module_path)).parents for d in found):
            unfound.append(name)
    assert [] == unfound


def test_an_editor_completes_every_public_name(project: Project, site: Path) -> None:
    asked = script(f"import {project.module} as module\nmodule.", site)
    offered = {completion.name for completion in asked.complete(2, len("module."))}
    assert set() == {*names(project, site)} - offered


def test_a_type_checker_reads_of_every_public_name_and_of_no_other(
    project: Project, site: Path
) -> None:
    package = site.joinpath(*project.module.split("."))
    stub = site / "ml_infra_utils-stubs" / "__init__.pyi"
    source = stub if project.is_meta else package / "__init__.py"
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("ml_infra_utils")
        for alias in node.names
    }
    assert {*names(project, site)} - {"__version__"} == imported


def test_dir_shows_the_public_names_only(project: Project, site: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        f"import {project.module} as m\n"
        "print(dir(m)); [getattr(m, name) for name in m.__all__]; print(dir(m))"
    )
    before, after = run_python(sys.executable, code).splitlines()
    portions = [p for p in PROJECTS if p != META] if project.is_meta else []
    assert str(sorted({*names(project, site), *portions})) == before
    assert before == after
