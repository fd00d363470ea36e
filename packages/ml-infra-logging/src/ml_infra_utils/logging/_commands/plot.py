"""Draw the curve of a metric over the lines of a log."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from ml_infra_utils.logging._commands.printing import print_text, report_damage
from ml_infra_utils.logging._commands.selection import STDIN, selected_events
from ml_infra_utils.logging._line.console import one_line
from ml_infra_utils.logging._reading.parsed_line import as_number
from ml_infra_utils.logging._words import listed, nearest

if TYPE_CHECKING:
    import argparse
    from typing import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
SPARKLINE = 60
INSTALL = "to draw a picture, pip install ml-infra-logging[plot]"


def plot(options: argparse.Namespace) -> int:
    """Draw the curves; give the exit status."""
    curves: dict[str, list[tuple[float, float]]] = {}
    known: set[str] = set()
    events = selected_events(options)
    for event in events:
        metrics = event.metrics
        known.update(metrics)
        value = metrics.get(options.metric)
        if value is None:
            found = event.fields.get(options.metric, event.context.get(options.metric))
            value = as_number(found)
        model = event.model_name or event.logger
        if value is None or options.model not in (None, model):
            continue
        run = event.fields.get("run_id")
        curve = curves.setdefault(f"{model} {run}" if run else model, [])
        if curve and event.event_type == "training_completed":
            # It repeats the metrics of the last epoch.
            continue
        epoch = as_number(event.context.get("epoch", event.fields.get("epoch")))
        curve.append((len(curve) + 1.0 if epoch is None else epoch, value))
    if options.metric is None:
        print_text("\n".join(map(one_line, sorted(known))) or "no line has metrics")
        return report_damage(events.readers, sys.stderr)
    if not curves:
        raise ValueError(_no_metric(options.metric, known))
    for name, curve in curves.items():
        values = [value for _, value in curve]
        print_text(f"{one_line(name)}\n{sparkline(values)}")
        print_text(f"{len(values)} values, first {values[0]:g}, last {values[-1]:g}")
    word = options.metric.replace(os.sep, "_").replace("/", "_")
    beside = STDIN.name if options.path[0] == STDIN else options.path[0]
    output = options.output or Path(f"{beside}.{word}.png")
    if _draw(curves, options.metric, output):
        print_text(f"drawn to {output}")
    elif options.output is not None:
        raise ValueError(INSTALL)
    else:
        print(INSTALL, file=sys.stderr)
    return report_damage(events.readers, sys.stderr)


def _no_metric(metric: str, known: set[str]) -> str:
    names = sorted(map(one_line, known))
    there = f"; there are {listed(names)}" if names else ": there are no metrics"
    return f"no line has the metric {one_line(metric)}{nearest(metric, names)}{there}"


def _draw(curves: dict[str, list[tuple[float, float]]], metric: str, output: Path) -> bool:
    try:
        from matplotlib import rc_context  # type: ignore[import-not-found,unused-ignore] # an extra
        from matplotlib.figure import Figure  # type: ignore[import-not-found,unused-ignore] # an extra
    except ImportError:
        return False
    # A name is no formula, and a font need not have all of its letters.
    with rc_context({"text.parse_math": False}), catch_warnings():
        filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        for name, curve in curves.items():
            # A label that begins with an underscore is not shown.
            label = f" {name}" if name.startswith("_") else name
            axes.plot(*zip(*curve), marker=".", label=one_line(label))
        axes.set_xlabel("epoch")
        axes.set_ylabel(one_line(metric))
        axes.legend()
        figure.savefig(output, dpi=120)
    return True


def sparkline(values: Sequence[float], width: int = SPARKLINE) -> str:
    """Give a curve as a line of blocks; a dot for what is not finite."""
    if len(values) > width:
        values = [values[index * len(values) // width] for index in range(width)]
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    steps = len(BLOCKS) - 2
    line = ""
    for value in values:
        if not math.isfinite(value):
            line += "·"
        elif high == low:
            line += BLOCKS[1]
        else:
            # Halved first, for a span that is too large for a float.
            line += BLOCKS[1 + round(steps * ((value / 2 - low / 2) / (high / 2 - low / 2)))]
    return line
