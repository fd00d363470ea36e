"""Change one token at a time in an installed portion, and count what its tests notice.

The changes are a sample of cosmic-ray's, the same for the same seed, and nearly the same after an
edit. Each is tried first on the tests that run its line and little else, then on the whole suite.
What was noticed is kept in ``.nox/mutants``, so that a run goes on where the last one ended and
tries again only what no test noticed. A change that alters nothing that can be observed stands in
``tests/<portion>/equivalent_changes.toml`` with the reason, and counts neither way; one that is
noticed after all, or that is gone, is stale there.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from tools.projects import ROOT, Project, find, projects

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Shown = dict[str, str]
"""A change as people read it, and as it is kept: its file, the line as it is and would be."""

ENOUGH = 0.95
"""The share that the tests have to notice, of the changes that alter something."""

NARROWEST = 40
"""How many tests are tried before the whole suite."""

SWAPS = {
    "Binary": "Add_Sub Sub_Add Mul_Div Div_Mul Mod_FloorDiv FloorDiv_Mul Pow_Mul "
    "BitAnd_BitOr BitOr_BitAnd BitXor_BitOr LShift_RShift RShift_LShift",
    "Comparison": "Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is Lt_LtE LtE_Lt Gt_GtE GtE_Gt",
    "Unary": "Delete_Not USub_UAdd Delete_Invert",
}
OPERATORS = (
    *(f"Replace{kind}Operator_{swap}" for kind, swaps in SWAPS.items() for swap in swaps.split()),
    *("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "NumberReplacer"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "RemoveDecorator"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop"),
)
"""Those of cosmic-ray's operators that leave a line plausible: each token has one or two others."""

MEMORY = 8 * 2**30
"""A change can make a loop endless that collects; its process must not take the whole machine."""


@dataclass(frozen=True)
class Change:
    """One token of one line replaced."""

    file: str
    row: int
    operator: str
    occurrence: int
    rank: str

    def applied_to(self, code: str) -> str:
        changed: str = mutate_code(code, get_operator(f"core/{self.operator}")(), self.occurrence)
        return changed

    def shown(self, code: str) -> Shown:
        """Return the file, the line as it is, and the line as it would be."""
        old, new = code.splitlines(), self.applied_to(code).splitlines()
        edits = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        _, i, j, k, m = next(edit for edit in edits if edit[0] != "equal")
        before, after = (" ".join(map(str.strip, part)).strip() for part in (old[i:j], new[k:m]))
        return {"file": self.file, "old": before, "new": after}


def sample(package: Path, seed: int, number: int) -> list[Change]:
    """Return changes of distinct places, chosen by the text of their lines and the seed."""
    found: dict[tuple[str, int, int], Change] = {}
    for path in sorted(package.rglob("*.py")):
        for place, change in _changes(path, path.relative_to(package).as_posix(), seed):
            if place not in found or change.rank < found[place].rank:
                found[place] = change
    return sorted(found.values(), key=lambda change: change.rank)[:number]


def _changes(path: Path, name: str, seed: int) -> Iterator[tuple[tuple[str, int, int], Change]]:
    code = path.read_text(encoding="utf-8")
    lines = code.splitlines()
    untested = _untested_rows(path, code)
    nodes = list(ast_nodes(get_ast(code)))
    for operator in OPERATORS:
        positions = get_operator(f"core/{operator}")().mutation_positions
        starts = [start for node in nodes for start, _ in positions(node)]
        for occurrence, (row, column) in enumerate(starts):
            is_marker = lines[row - 1].startswith("*,", column)  # of keyword-only parameters
            if row not in untested and not is_marker:
                text = f"{seed} {name} {lines[row - 1]} {column} {operator}"
                rank = sha256(text.encode()).hexdigest()
                yield (name, row, column), Change(name, row, operator, occurrence, rank)


def _untested_rows(path: Path, code: str) -> set[int]:
    """Return the rows of annotations, which nothing runs, and those that coverage leaves out."""
    measure = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"), data_file=None)
    rows = set(measure.analysis2(str(path))[2])
    for node in ast.walk(ast.parse(code)):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                rows |= set(range(part.lineno, part.end_lineno + 1))
    return rows


class Suite:
    """The tests of a portion, and which of them run which line."""

    def __init__(self, project: Project, package: Path, folder: Path) -> None:
        self.package = package
        self.tests = f"tests/{project.portion}"
        self.whole = [self.tests, "--doctest-modules", "--pyargs", project.module]
        self.environment = {
            **os.environ,
            "COVERAGE_FILE": str(folder / f"{project.portion}.coverage"),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
            "PYTHONDONTWRITEBYTECODE": "1",  # two changes can come within a file's time stamp
        }
        self.module = project.module
        self.timeout: float | None = None
        self.contexts: dict[str, dict[int, list[str]]] = {}
        self.width: Counter[str] = Counter()

    def measure(self) -> None:
        """Run all tests, which must succeed, and note the lines of each."""
        run = ["-m", "coverage", "run", f"--source={self.module}", "-m", "pytest"]
        started = os.times().elapsed
        if self._run([*run, "-p", "tools.mutants", *self.whole]) != 0:
            raise SystemExit("the tests fail without any change: run them, and mend that first")
        self.timeout = 60 + 3 * (os.times().elapsed - started)
        data = coverage.CoverageData(self.environment["COVERAGE_FILE"])
        data.read()
        for path in data.measured_files():
            by_row = data.contexts_by_lineno(path)
            self.contexts[path] = by_row
            self.width.update(test for tests in by_row.values() for test in tests)

    def notices(self, change: Change) -> bool:
        """Return whether a test fails where that change is made."""
        path = self.package / change.file
        code = path.read_text(encoding="utf-8")
        path.write_text(change.applied_to(code), encoding="utf-8")
        try:
            # pytest's 4 says that a test was not found: a module may not have been importable.
            narrow = self._narrowest(str(path), change.row)
            if narrow and self._run(["-m", "pytest", *narrow]) not in (0, 4):
                return True
            return self._run(["-m", "pytest", *self.whole]) != 0
        finally:
            path.write_text(code, encoding="utf-8")

    def _narrowest(self, path: str, row: int) -> list[str]:
        """Return the tests that run the row, or the statement around it, and little else."""
        rows = [at for at in self.contexts.get(path, {}) if at <= row]
        tests = self.contexts[path][max(rows)] if rows else []
        known = sorted((t for t in tests if t.startswith(self.tests)), key=self.width.__getitem__)
        return known[:NARROWEST]

    def _run(self, arguments: list[str]) -> int | None:
        """Run Python, and return its exit code; None if it took too long."""
        options = ["-q", "-x", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        running = subprocess.Popen(
            [sys.executable, *arguments, *options],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return running.wait(self.timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if os.name == "posix":  # with those that the tests have started
                with suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
            running.kill()
            running.wait()


def pytest_runtest_protocol(item: Any) -> None:
    """Tell coverage which test the lines belong to; pytest calls this where it is a plugin."""
    if (measure := coverage.Coverage.current()) is not None:
        measure.switch_context(item.nodeid)


def main() -> None:
    """Try the changes of a portion that were not noticed yet; exit if too few are."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description=__doc__)
    parser.add_argument("portion")
    parser.add_argument("--changes", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: 1)")
    parser.add_argument("--fresh", action="store_true", help="forget what was noticed before")
    options = parser.parse_args()
    project = find(options.portion, projects())
    folder = ROOT / ".nox" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    be_modest()

    memory = folder / f"{project.portion}.json"
    known = memory.exists() and not options.fresh
    noticed = json.loads(memory.read_text(encoding="utf-8")) if known else []
    package = Path(str(import_module(project.module).__file__)).parent
    suite = Suite(project, package, folder)

    def notices(change: Change, shown: Shown) -> bool:
        if shown not in noticed and suite.notices(change):
            noticed.append(shown)
            memory.write_text(json.dumps(noticed, indent=1), encoding="utf-8")
        return shown in noticed

    explained = equivalent(project.portion)
    changes = sample(package, options.seed, options.changes)
    suite.measure()
    counts: Counter[str] = Counter()
    tried = outcomes(package, changes, explained, notices)
    for number, (outcome, place, shown) in enumerate(tried, 1):
        counts[outcome] += 1
        print(f"{number:3} {outcome:10} {place}  {shown['old']}  ->  {shown['new']}", flush=True)
    for shown in gone(package, explained):
        counts["STALE"] += 1
        print(f"    STALE      {shown['file']}  {shown['old']}  ->  {shown['new']}  is gone")

    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if wrong := complaints(counts, f"tests/{project.portion}/equivalent_changes.toml"):
        raise SystemExit("\n".join(wrong))


def outcomes(
    package: Path,
    changes: list[Change],
    explained: list[Shown],
    notices: Callable[[Change, Shown], bool],
) -> Iterator[tuple[str, str, Shown]]:
    """Try each change, and say what came of it, where, and what it was."""
    names = {
        (True, False): "noticed",
        (False, False): "UNNOTICED",
        (False, True): "equivalent",
        (True, True): "STALE",
    }
    for change in changes:
        shown = change.shown((package / change.file).read_text(encoding="utf-8"))
        outcome = names[notices(change, shown), shown in explained]
        yield outcome, f"{change.file}:{change.row}", shown


def gone(package: Path, explained: list[Shown]) -> list[Shown]:
    """Return the explained changes that can no longer be made."""
    possible = []
    for name in {shown["file"] for shown in explained}:
        path = package / name
        code = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = [line.strip() for line in code.splitlines()]
        olds = [shown["old"] for shown in explained if shown["file"] == name]
        for _, change in _changes(path, name, seed=0) if code else ():
            if any(lines[change.row - 1] in old for old in olds):
                possible.append(change.shown(code))
    return [shown for shown in explained if shown not in possible]


def complaints(counts: Counter[str], explanations: str) -> list[str]:
    """Return what is wrong with the tests, and with the list of changes that alter nothing."""
    wrong = []
    if counts["noticed"] < ENOUGH * (counts["noticed"] + counts["UNNOTICED"]):
        wrong.append(
            f"{ENOUGH:.0%} must be noticed of the changes that are not explained "
            f"in {explanations} (file, old, new, why)"
        )
    if counts["STALE"]:
        wrong.append(f"what is stale must be taken out of {explanations}")
    return wrong


def equivalent(portion: str) -> list[Shown]:
    """Return the changes that alter nothing, as a person has said."""
    path = ROOT / "tests" / portion / "equivalent_changes.toml"
    if not path.exists():
        return []
    changes = tomllib.loads(path.read_text(encoding="utf-8"))["change"]
    return [{key: change[key] for key in ("file", "old", "new")} for change in changes]


def be_modest() -> None:
    """Let other programs go first, and bound the memory of what the changes make."""
    if os.name == "posix":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
