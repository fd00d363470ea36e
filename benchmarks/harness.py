"""Race candidates in one process, interleaved, and report ratios of medians.

A machine's absolute times mean little and drift while a program runs. So every
candidate of a job is timed in turn, round after round, and what is reported is how
many times longer a peer takes than ours.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Ratios = Mapping[str, float]

OURS = "ours"
LEGEND = "The ratios of the table as colours: blue where ours is faster, red where the peer is"


@dataclass(frozen=True)
class Row:
    """One job: median seconds of a call by candidate, and the ratios to reach.

    A bar of 4.0 for a peer means that the peer shall take at least 4 times as long as
    ours; a bar of 1 / 1.5 means that ours may take at most 1.5 times as long.
    """

    job: str
    seconds: Mapping[str, float]
    bars: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, peer: str) -> float:
        return self.seconds[peer] / self.seconds[OURS]

    @property
    def missed(self) -> list[str]:
        return [peer for peer, bar in self.bars.items() if self.ratio(peer) < bar]


def race(
    candidates: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 21,
    sample: float = 0.002,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median seconds of one call of each candidate.

    Each round times every candidate once; a timed sample repeats the call until it lasts
    about `sample` seconds. The garbage collector is off while it counts. Each round has an
    order of its own: what ran before leaves caches and threads behind. `time.process_time` as the
    `clock` leaves out what other programs do meanwhile, and counts every thread of this one.
    """
    shuffled = random.Random(0)  # the same orders in every run
    repeats = {name: _repeats(call, sample, clock) for name, call in candidates.items()}
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    enabled = gc.isenabled()
    gc.disable()
    try:
        order = list(candidates.items())
        for _ in range(rounds):
            shuffled.shuffle(order)
            for name, call in order:
                samples[name].append(_time(call, repeats[name], clock) / repeats[name])
            gc.collect()
    finally:
        if enabled:
            gc.enable()
    return {name: statistics.median(times) for name, times in samples.items()}


def destination(name: str) -> Path | None:
    """Return where this program keeps its report if it is told so, `docs/benchmarks/NAME`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/")
    docs = Path(__file__).parents[1] / "docs" / "benchmarks"
    return docs / name if parser.parse_args().write else None


def report(title: str, rows: Sequence[Row], *, into: Path | None = None) -> None:
    """Print the rows as a Markdown table; with `into`, also write `.md` and `.svg`.

    `into` is a path without a suffix, as `destination` returns it.
    """
    table = _table(rows)
    print(f"{title}\n\n{table}")
    missed = [f"{row.job}: {peer}" for row in rows for peer in row.missed]
    print("\nbars missed: " + ("; ".join(missed) if missed else "none"))
    if into is not None:
        peers = _peers(rows)
        lines = {
            row.job: {peer: row.ratio(peer) for peer in peers if peer in row.seconds}
            for row in rows
        }
        _write(into, title, table, peers, lines)


def grid(
    title: str,
    lines: Mapping[str, Ratios],
    rows: Sequence[Row],
    *,
    into: Path | None = None,
) -> None:
    """Print ratios as a Markdown table of a line a job and a column a size; with `into`, write it.

    Ratios below 1 are in bold type. `into` is as in `report`; `rows` tell which bars were missed.
    """
    sizes = list(dict.fromkeys(size for line in lines.values() for size in line))
    table = [f"| job (peer) | {' | '.join(sizes)} |", "|---|" + "---|" * len(sizes)]
    for job, line in lines.items():
        cells = (f"{line[size]:.2g}" if size in line else "" for size in sizes)
        cells = (f"**{cell}**" if cell and float(cell) < 1 else cell for cell in cells)
        table.append(f"| {job} | {' | '.join(cells)} |")
    text = "\n".join(table)
    print(f"{title}\n\n{text}")
    missed = [f"{row.job}: {row.ratio(peer):.2g}" for row in rows for peer in row.missed]
    print("\nbars missed: " + ("; ".join(missed) if missed else "none"))
    if into is not None:
        _write(into, title, text, sizes, lines)


def _time(call: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    loop = range(repeats)
    start = clock()
    for _ in loop:
        call()
    return clock() - start


def _repeats(call: Callable[[], object], sample: float, clock: Callable[[], float]) -> int:
    """Return how many calls last about `sample` seconds.

    The shortest of three timings counts: one that was interrupted would look long enough.
    """
    repeats = 1
    while (elapsed := min(_time(call, repeats, clock) for _ in range(3))) < sample / 2:
        repeats *= 2
    return max(1, round(repeats * sample / elapsed))


def _duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _peers(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(peer for row in rows for peer in row.seconds if peer != OURS))


def _table(rows: Sequence[Row]) -> str:
    peers = _peers(rows)
    lines = ["| job | ours | " + " | ".join(peers) + " |", "|---|---|" + "---|" * len(peers)]
    for row in rows:
        cells = [row.job, _duration(row.seconds[OURS])]
        for peer in peers:
            if peer not in row.seconds:
                cells.append("")
                continue
            cell = f"{row.ratio(peer):.3g}x"
            if peer in row.bars:
                verdict = "missed" if peer in row.missed else "met"
                cell += f" (bar {row.bars[peer]:.3g}x, {verdict})"
            cells.append(cell)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _write(
    into: Path, title: str, table: str, columns: Sequence[str], lines: Mapping[str, Ratios]
) -> None:
    """Write a table and its picture, `.md` and `.svg`."""
    into.parent.mkdir(parents=True, exist_ok=True)
    picture = f"![{LEGEND}]({into.name}.svg)"
    page = f"# {title}\n\n{picture}\n\n{table}\n"
    into.with_suffix(".md").write_text(page, encoding="utf-8")
    _plot(title, columns, lines, into)


def _plot(title: str, columns: Sequence[str], lines: Mapping[str, Ratios], into: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    mpl.rcParams["svg.hashsalt"] = "ml-infra-utils"
    ratios = [[line.get(column, float("nan")) for column in columns] for line in lines.values()]
    figure, axes = plt.subplots(
        figsize=(4 + 0.62 * len(columns), 1.6 + 0.26 * len(lines)), layout="constrained"
    )
    # Red below 1, where the peer is faster; blue above.
    axes.imshow(ratios, cmap="RdBu", norm=LogNorm(1 / 16, 16), aspect="auto")
    for y, line in enumerate(ratios):
        for x, ratio in enumerate(line):
            if ratio == ratio:
                dark = not 1 / 4 < ratio < 4
                colour = "white" if dark else "black"
                text = f"{ratio:.0f}" if ratio > 10 else f"{ratio:.2g}"
                axes.text(x, y, text, ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(lines)), lines, fontsize=8)
    axes.set_title(title)
    figure.savefig(into.with_suffix(".svg"), metadata={"Date": None})
    plt.close(figure)
