"""View, summarize and plot logs from the command line."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import Counter
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Iterable
from warnings import catch_warnings, filterwarnings

from ml_infra_utils.logging._console import one_line, render, wants_colour
from ml_infra_utils.logging._event import Event, as_number
from ml_infra_utils.logging._reader import EventReader, open_events

if TYPE_CHECKING:
    from typing import Sequence, TextIO

STDIN = Path("/dev/stdin")
POLL = 0.2
BLOCKS = " ▁▂▃▄▅▆▇█"
SPARKLINE = 60
BAR = 30
TICKS = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has had enough. Nothing more may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ml_infra_utils.logging", description="Look into logs of JSON lines."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    view = commands.add_parser("view", help="print the lines for people")
    view.add_argument("--follow", action="store_true", help="go on as lines are added")
    view.add_argument("--event", metavar="TYPE", help="only ML events of this type")
    view.set_defaults(run=_view)
    summary = commands.add_parser("summary", help="count levels and events, show last metrics")
    summary.set_defaults(run=_summary)
    plot = commands.add_parser("plot", help="draw the curve of a metric")
    plot.add_argument("--metric", required=True, help="its name, for instance loss")
    plot.add_argument("--model", help="only the curves of this model")
    plot.add_argument("--output", type=Path, help="where to draw it; run.jsonl.loss.png by default")
    plot.set_defaults(run=_plot)
    for command in (view, summary, plot):
        command.add_argument("path", type=_log, help="the log, plain or gzip; - is standard input")
        command.add_argument("--level", default=0, help="only this level and above")
        command.add_argument("--logger", help="only this logger and those below it")
        command.add_argument("--since", metavar="TIME", help="nothing older: ISO 8601, UTC")
        command.add_argument(
            "--field",
            action="append",
            default=[],
            metavar="NAME[=VALUE]",
            help="only lines that have this field, or with this value; context.epoch goes deeper",
        )
        command.add_argument(
            "--only", action="store_true", help="not what was rotated away (run.jsonl.1 …)"
        )
    return parser


def _log(text: str) -> Path:
    return STDIN if text == "-" else Path(text)


def _events(options: argparse.Namespace, follow: bool = False, quiet: bool = False) -> EventReader:
    wanted = [name.partition("=") for name in options.field]
    event_type = getattr(options, "event", None)

    def where(event: Event) -> bool:
        if event_type is not None and event.event_type != event_type:
            return False
        return all(_matches(event, name, sign, text) for name, sign, text in wanted)

    return open_events(
        options.path,
        options.level,
        options.logger,
        options.since,
        where,
        not options.only,
        wait=_wait if follow else None,
        tick=None if follow or quiet else Progress(),
    )


def _wait() -> None:
    sys.stdout.flush()
    time.sleep(POLL)


def _matches(event: Event, name: str, sign: str, text: str) -> bool:
    for place in (event.raw, event.context):
        value: object = place
        for part in [name] if name in place else name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and (not sign or text in (str(value), str(value).lower())):
            return True
    return False


def _view(options: argparse.Namespace) -> int:
    terminal = sys.stdout.isatty()
    colour = terminal and wants_colour()
    events = _events(options, options.follow, quiet=terminal)
    try:
        for event in events:
            width = get_terminal_size().columns if terminal else sys.maxsize
            _print(render(event.raw, width=width, colour=colour))
    except KeyboardInterrupt:
        _report(events, sys.stderr)
        raise
    return _report(events, sys.stderr)


def _summary(options: argparse.Namespace) -> int:
    events = _events(options)
    levels: Counter[str] = Counter()
    types: Counter[str] = Counter()
    metrics: dict[str, dict[str, float]] = {}
    runs: list[tuple[str, str, float]] = []
    first = last = None
    for event in events:
        levels[event.level] += 1
        if event.timestamp is not None:
            first = event.timestamp if first is None else min(first, event.timestamp)
            last = event.timestamp if last is None else max(last, event.timestamp)
        if event.event_type is not None:
            types[event.event_type] += 1
            model = event.model_name or ""
            metrics.setdefault(model, {}).update(event.metrics)
            seconds = as_number(event.context.get("seconds"))
            if event.event_type == "training_completed" and seconds is not None:
                runs.append((model, str(event.context.get("outcome", "")), seconds))
    _print(f"{sum(levels.values())} lines")
    if first is not None and last is not None:
        _print(f"first  {first.isoformat()}\nlast   {last.isoformat()}\nspan   {last - first}")
    _table("level", levels.most_common())
    _table("event", types.most_common())
    _table("training", [(f"{model} {outcome}".strip(), f"{s:.3f} s") for model, outcome, s in runs])
    shown = {model: values for model, values in metrics.items() if values}
    for model, values in shown.items():
        _table(f"last metrics of {model}", [(name, f"{v:g}") for name, v in values.items()])
    return _report(events, sys.stdout)


def _plot(options: argparse.Namespace) -> int:
    curves: dict[str, list[tuple[float, float]]] = {}
    events = _events(options)
    for event in events:
        value = event.metrics.get(options.metric)
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
    if not curves:
        raise ValueError(f"no line has the metric {options.metric}")
    for name, curve in curves.items():
        values = [value for _, value in curve]
        _print(f"{one_line(name)}\n{sparkline(values)}")
        _print(f"{len(values)} values, first {values[0]:g}, last {values[-1]:g}")
    word = options.metric.replace(os.sep, "_").replace("/", "_")
    beside = STDIN.name if options.path == STDIN else options.path
    output = options.output or Path(f"{beside}.{word}.png")
    if _draw(curves, options.metric, output):
        _print(f"drawn to {output}")
    elif options.output is not None:
        raise ValueError("to draw to a file, pip install ml-infra-logging[plot]")
    return _report(events, sys.stderr)


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


def _report(events: EventReader, stream: TextIO) -> int:
    """Say what is wrong with the log; give the exit status."""
    if events.torn:
        print("the last line is torn", file=stream)
    for place in events.invalid:
        print(f"cannot be read: {one_line(place)}", file=stream)
    for gap in events.gaps:
        writer = one_line(gap.writer)
        print(f"missing: lines {gap.first} to {gap.last} of writer {writer}", file=stream)
    if events.duplicates:
        print(f"there twice: {events.duplicates} lines", file=stream)
    return 0


class Progress:
    """Shows on a terminal how far a reader is, if it takes over a second."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._percent = -1

    def __call__(self, events: EventReader) -> None:
        """Show it if it has changed; wipe it out at the end."""
        done = events.position >= events.size
        if not events.size or (events.lines % TICKS and not done) or not sys.stderr.isatty():
            return
        percent = 100 * events.position // max(events.size, 1)
        if percent != self._percent and time.monotonic() - self._started > 1:
            self._percent = percent
            bar = "#" * (percent * BAR // 100)
            end = "\r" if not done else "\r" + " " * (BAR + 7) + "\r"
            print(f"[{bar:{BAR}}] {percent:3}%", end=end, file=sys.stderr, flush=True)


def _table(title: str, rows: Iterable[tuple[str, object]]) -> None:
    rows = list(rows)
    if rows:
        names = [one_line(name) for name, _ in rows]
        width = max(map(len, names))
        _print(f"\n{one_line(title)}")
        for name, (_, value) in zip(names, rows):
            _print(f"  {name.ljust(width)}  {value}")


def _print(text: str) -> None:
    """Print, whatever the encoding of standard output can hold."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
