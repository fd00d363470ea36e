"""Run the own suites of the peers against adapters on top of ours.

``python -m tests.decorators.peers.run`` prints a table, ``--write`` keeps it as
``docs/peers/decorators.md``. The suites come from the peers' sdists, by pip. What does not pass
has to be expected, with a reason, and what is expected has to fail.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from tests.decorators.peers.expected import EXPECTED, LEFT_OUT

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TABLE = ROOT / "docs" / "peers" / "decorators.md"
DRIVEN = (
    "BeforeAfterAttempts DecoratorWrapper Enabled InvokeAsCallable MockingSleep ReraiseExceptions "
    "RetryConditions RetryErrorCallback RetryWith Statistics"
)
"""The tests of tenacity in which attempts are made; the others test its strategies alone."""

SUITES = {
    "tenacity": [
        *("-p", "tenacity_on_ours", "tests/test_tenacity.py"),
        *("-k", " or ".join(DRIVEN.split())),
    ],
    "stamina": ["tests/test_sync.py", "tests/test_async.py"],
    "codetiming": ["tests/test_codetiming.py"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/peers/decorators.md")
    rows, faults = [], []
    write = parser.parse_args().write
    for peer in SUITES:
        with tempfile.TemporaryDirectory() as folder:
            source = fetched(peer, Path(folder))
            outcomes = outcomes_of(peer, source, Path(folder))
        rows.append(row(peer, source.name, outcomes))
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
    command = ["-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(source), "--tb=no"]
    plugin = ["-p", "peer_outcomes", "-p", "no:cacheprovider"]
    subprocess.run(
        [sys.executable, *command, *plugin, *SUITES[peer]],
        cwd=source,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    outcomes: dict[str, str] = json.loads(written.read_text(encoding="utf-8"))
    return outcomes


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
    """Return the failures that are not expected, and the expectations that nothing met."""
    failed = [test for test, outcome in outcomes.items() if outcome == "failed"]
    faults = [f"{peer}: {test} failed" for test in failed if expectation(peer, test) is None]
    met = {expectation(peer, test) for test in failed}
    return faults + [f"{peer}: {part} passed" for part in EXPECTED[peer] if part not in met]


def row(peer: str, source: str, outcomes: dict[str, str]) -> str:
    counts: Counter[str] = Counter()
    for test, outcome in outcomes.items():
        if outcome == "failed":
            outcome = EXPECTED[peer].get(expectation(peer, test) or "", ("unexpected", ""))[0]
        counts[outcome] += 1
    cells = [source, counts["passed"], counts["differs"], counts["none"], counts["unexpected"]]
    return f"| {' | '.join(map(str, cells))} |"


def page(rows: list[str]) -> list[str]:
    lines = [
        "# Decorators against the suites of their peers",
        "",
        "The peers' own tests, with an adapter on top of `retry` and `timer` in the peer's place.",
        "`python3 noxfile.py -s peers` runs them again, and fails if one ends otherwise.",
        "",
        "| suite | passed | decided otherwise | no equivalent | unexpected |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "| tests | of | what | why |",
        "|---|---|---|---|",
    ]
    words = {"differs": "decided otherwise", "none": "no equivalent"}
    for peer, expected in EXPECTED.items():
        for part, (how, why) in expected.items():
            lines.append(f"| `{part}` | {peer} | {words[how]} | {why} |")
    lines += [f"| - | {peer} | left out | {why} |" for peer, why in LEFT_OUT.items()]
    return lines


if __name__ == "__main__":
    sys.exit(main())
