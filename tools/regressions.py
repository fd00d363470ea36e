"""Run the benchmarks, and name what fell behind the results that are committed.

What is compared are ratios, a peer's time over ours in one process: those of the tables in
docs/benchmarks/ with those of a new run. A program of which ratios fell is run once more, since a
machine has other things to do at times, and what fell both times is named.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from tools.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMMITTED = ROOT / "docs" / "benchmarks"
ALLOWED = 0.25
"""The share that a ratio may lose."""
RATIO = re.compile(r"\**(?P<ratio>\d[\d.]*(?:e[+-]\d+)?)x?\**(?: \(bar .*\))?")
DURATIONS = "ours"


class Fallen(NamedTuple):
    """A ratio that is lower than the committed one by more than is allowed."""

    job: str
    column: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.job}: {self.column} {self.before:.3g}x, now {self.after:.3g}x"


def ratios(text: str) -> dict[tuple[str, str], float]:
    """Return the ratios in the Markdown tables of a text, by line and column."""
    found = {}
    columns: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = []
            continue
        job, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if not columns:
            columns = cells
            continue
        for column, cell in zip(columns, cells):
            if column != DURATIONS and (ratio := RATIO.fullmatch(cell)):
                found[job, column] = float(ratio["ratio"])
    return found


def fallen(
    before: Mapping[tuple[str, str], float], after: Mapping[tuple[str, str], float]
) -> list[Fallen]:
    """Return what fell by more than a quarter, the worst first."""
    found = [
        Fallen(*key, before[key], after[key])
        for key in before.keys() & after.keys()
        if after[key] < before[key] * (1 - ALLOWED)
    ]
    return sorted(found, key=lambda each: (each.after / each.before, each))


def best(runs: Iterable[Mapping[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    """Return the highest ratio of each job in several runs."""
    highest: dict[tuple[str, str], float] = {}
    for run in runs:
        for key, ratio in run.items():
            highest[key] = max(ratio, highest.get(key, ratio))
    return highest


def measured(portion: str) -> dict[tuple[str, str], float]:
    """Run the benchmark of a portion, and return its ratios; what it prints is shown too."""
    command = [sys.executable, "-m", f"benchmarks.{portion}"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    print(done.stdout, flush=True)
    return ratios(done.stdout)


def committed(portion: str) -> dict[tuple[str, str], float]:
    """Return the ratios of all tables of a portion in docs/benchmarks/."""
    pages = sorted(COMMITTED.glob(f"{portion}*.md"))
    return ratios("\n\n".join(page.read_text(encoding="utf-8") for page in pages))


def main() -> int:
    """Run the benchmarks of portions; return 1 if a ratio fell, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.regressions", description=__doc__)
    parser.add_argument("portions", nargs="+")
    total = 0
    for portion in parser.parse_args().portions:
        before, runs = committed(portion), [measured(portion)]
        if fallen(before, runs[0]):
            runs.append(measured(portion))
        after = best(runs)
        lost = fallen(before, after)
        total += len(lost)
        print(f"{portion}: {len(before)} ratios, {len(lost)} fell by more than {ALLOWED:.0%}")
        for each in lost:
            print(f"  {each}")
        for job, column in sorted(before.keys() - after.keys()):
            print(f"  {job}: {column} was not measured")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
