"""Draw the curve of a metric over the lines of a log."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from ml_infra_utils.logging._commands.printing import (
    Tables,
    finite,
    markdown_row,
    print_text,
    report_damage,
)
from ml_infra_utils.logging._commands.running import Format, Report, written_aside
from ml_infra_utils.logging._commands.selection import STDIN, selected_events
from ml_infra_utils.logging._line.console import one_line
from ml_infra_utils.logging._reading.parsed_line import as_number
from ml_infra_utils.logging._words import counted, listed, nearest

if TYPE_CHECKING:
    import argparse
    from typing import Dict, List, Sequence, Tuple

    # By model and run: pairs of epoch and value.
    Curves = Dict[str, List[Tuple[float, float]]]

BLOCKS = " ▁▂▃▄▅▆▇█"
SPARKLINE = 60
INSTALL = "to draw a picture, pip install ml-infra-logging[plot]"


def plot(options: argparse.Namespace) -> int:
    """Draw the curves; give the exit status."""
    curves: Curves = {}
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
    title = one_line(", ".join(map(str, events.readers)))
    form = Format(options.form)
    if options.metric is None:
        names = sorted(map(one_line, known))
        shown = Tables(*(names or ["no line has metrics"]))
        Report(title, shown, {"metrics": sorted(known)}, is_gate=False).print(form)
        return report_damage(events.readers, sys.stderr)
    if not curves:
        raise ValueError(_no_metric(options.metric, known))
    word = options.metric.replace(os.sep, "_").replace("/", "_")
    beside = STDIN.name if options.path[0] == STDIN else options.path[0]
    output = options.output or Path(f"{beside}.{word}.png")
    is_drawn, failure = False, None
    try:
        is_drawn = _draw(curves, options.metric, output)
    except OSError as error:
        # The curves can be seen all the same.
        failure = error
    document = {
        "metric": options.metric,
        "curves": curves,
        "picture": str(output) if is_drawn else None,
    }
    Report(title, _Curves(curves), finite(document), is_gate=False).print(form)
    if failure is not None:
        raise failure
    if options.output is not None and not is_drawn:
        raise ValueError(INSTALL)
    if not is_drawn:
        print(INSTALL, file=sys.stderr)
    elif form is Format.table:
        print_text(f"drawn to {output}")
    return report_damage(events.readers, sys.stderr)


class _Curves:
    """Curves as lines of blocks."""

    def __init__(self, curves: Curves) -> None:
        self._values = {
            one_line(name): [value for _, value in curve] for name, curve in curves.items()
        }

    def __str__(self) -> str:
        width = min(SPARKLINE, get_terminal_size().columns)
        return "\n".join(
            f"{name}\n{sparkline(values, width)}\n"
            f"{counted(len(values), 'value')}, first {values[0]:g}, last {values[-1]:g}"
            for name, values in self._values.items()
        )

    def to_markdown(self) -> str:
        """Give the same for a comment on a pull request."""
        rows = [
            markdown_row(name, str(len(values)), f"{values[0]:g}", f"{values[-1]:g}", blocks)
            for name, values in self._values.items()
            for blocks in [sparkline(values)]
        ]
        head = "| model | values | first | last | curve |\n|:--|--:|--:|--:|:--|"
        return "\n".join([head, *rows])


def _no_metric(metric: str, known: set[str]) -> str:
    names = sorted(map(one_line, known))
    there = f"; there are {listed(names)}" if names else ": there are no metrics"
    return f"no line has the metric {one_line(metric)}{nearest(metric, names)}{there}"


def _draw(curves: Curves, metric: str, output: Path) -> bool:
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
        with written_aside(output) as aside:
            figure.savefig(aside, dpi=120)
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
