"""Run the own suites of the peers against adapters on top of ours.

``python -m tests.decorators.peers.run`` prints a table, ``--write`` keeps it as
``docs/peers/decorators.md``. The suites come from the peers' sdists, by pip. What does not pass
has to be expected, with a reason, and what is expected has to fail.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from tests.decorators.peers.expected import EXPECTED, LEFT_OUT, WITHOUT_TESTS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TABLE = ROOT / "docs" / "peers" / "decorators.md"
PLUGINS = {"tenacity": ["-p", "tenacity_on_ours"]}
"""Adapters that change the peer itself; the others stand in its place."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/peers/decorators.md")
    rows, faults = [], []
    write = parser.parse_args().write
    for peer in EXPECTED:
        with tempfile.TemporaryDirectory() as folder:
            source = fetched(peer, Path(folder))
            outcomes = outcomes_of(peer, source, Path(folder))
            left_out = sum(number_of_tests(source / "tests" / file) for file in LEFT_OUT[peer])
        rows.append(row(peer, source.name, outcomes, left_out))
        faults += faults_of(peer, outcomes)
    table = "\n".join(page(rows))
    print(table)
    for fault in faults:
        print(fault, file=sys.stderr)
    if write:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(table + "\n", encoding="utf-8")
    return 1 if faults else 0


def fetched(peer: str, folder: Path) -> Path:
    """Return the unpacked sdist of a peer, in the version that is installed."""
    from importlib.metadata import version

    # Not with pip's resolver: for that, it would build the sdist.
    wanted = f"{peer}=={version(peer)}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), wanted], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        sdist.extractall(folder, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    return folder / archive.name[: -len(".tar.gz")]


def outcomes_of(peer: str, source: Path, folder: Path) -> dict[str, str]:
    """Return how each test of the suite ended, with our adapter in the peer's place."""
    written = folder / "outcomes.json"
    path = os.pathsep.join([str(HERE / "adapters" / peer), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": path, "PEER_OUTCOMES": str(written)}
    options = ["-q", "-c", os.devnull, "--rootdir", str(source), "--tb=no", "-p", "peer_outcomes"]
    ignored = [f"--ignore={file}" for file in LEFT_OUT[peer]]
    command = [*options, "-p", "no:cacheprovider", *PLUGINS.get(peer, []), *ignored, "."]
    subprocess.run(
        [sys.executable, "-m", "pytest", *command],
        cwd=source / "tests",  # above it lies the peer itself, which would come before the adapter
        env=environment,
        stdout=subprocess.DEVNULL,
        timeout=1200,
        check=False,
    )
    outcomes: dict[str, str] = json.loads(written.read_text(encoding="utf-8"))
    return outcomes


def number_of_tests(file: Path) -> int:
    """Return how many test functions a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return sum(
        isinstance(node, functions) and node.name.startswith("test") for node in ast.walk(tree)
    )


def expectation(peer: str, test: str) -> str | None:
    """Return the expectation that a test falls under."""
    name = test.partition("::")[2]
    for part in EXPECTED[peer]:
        if name == part or name.startswith((f"{part}[", f"{part}::", f"{part}_")):
            return part
        if f"::{part}" in f"::{name}".partition("[")[0] and "::" not in part:
            return part
    return None


def faults_of(peer: str, outcomes: dict[str, str]) -> list[str]:
    """Return what ended otherwise than expected, and the expectations that nothing met."""
    others = {test: outcome for test, outcome in outcomes.items() if outcome != "passed"}
    faults = [
        f"{peer}: {test} is {outcome}"
        for test, outcome in others.items()
        if ending(peer, test, outcome) == "unexpected"
    ]
    met = {expectation(peer, test) for test in others}
    return faults + [f"{peer}: {part} passed" for part in EXPECTED[peer] if part not in met]


def ending(peer: str, test: str, outcome: str) -> str:
    """Return in which column of the table a test counts."""
    if outcome == "passed":
        return outcome
    expected = EXPECTED[peer].get(expectation(peer, test) or "", ("unexpected", ""))[0]
    if (outcome == "idle") != (expected == "idle"):
        return "unexpected"
    return "none" if expected == "idle" else expected


def row(peer: str, source: str, outcomes: dict[str, str], left_out: int) -> str:
    counts = Counter(ending(peer, test, outcome) for test, outcome in outcomes.items())
    counts["none"] += left_out
    cells = [source, counts["passed"], counts["differs"], counts["none"], counts["unexpected"]]
    return f"| {' | '.join(map(str, cells))} |"


def page(rows: list[str]) -> list[str]:
    lines = [
        "# Decorators against the suites of their peers",
        "",
        "The peers' own tests, with an adapter on top of `retry` and `timer` in the peer's place.",
        "A test counts as passed only if it ran code of ours.",
        "`python3 noxfile.py -s peers` runs them again, and fails if one ends otherwise.",
        "",
        "| suite | passed | decided otherwise | no equivalent | unexpected |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "| tests | of | what | why |",
        "|---|---|---|---|",
    ]
    words = {"differs": "decided otherwise", "none": "no equivalent", "idle": "no equivalent"}
    for peer, expected in EXPECTED.items():
        for part, (how, why) in expected.items():
            lines.append(f"| `{part}` | {peer} | {words[how]} | {why} |")
    for peer, files in LEFT_OUT.items():
        lines += [f"| `{file}` | {peer} | no equivalent | {why} |" for file, why in files.items()]
    lines += [f"| - | {peer} | no tests | {why} |" for peer, why in WITHOUT_TESTS.items()]
    return lines


if __name__ == "__main__":
    sys.exit(main())
