"""Count the levels and events of a log, and show its last metrics."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from ml_infra_utils.logging._commands.printing import Tables, finite, report_damage
from ml_infra_utils.logging._commands.running import Format, Report
from ml_infra_utils.logging._commands.selection import selected_events
from ml_infra_utils.logging._line.console import one_line
from ml_infra_utils.logging._reading.parsed_line import Event, as_number, text_of
from ml_infra_utils.logging._words import counted

if TYPE_CHECKING:
    import argparse


def summary(options: argparse.Namespace) -> int:
    """Print the summary; give the exit status."""
    events = selected_events(options)
    levels: Counter[str] = Counter()
    types: Counter[str] = Counter()
    metrics: dict[str, dict[str, float]] = {}
    runs: list[tuple[str, str, float]] = []
    last_events: dict[str, Event] = {}
    first = last = None
    for event in events:
        levels[event.level] += 1
        if event.timestamp is not None:
            first = event.timestamp if first is None else min(first, event.timestamp)
            last = event.timestamp if last is None else max(last, event.timestamp)
        if event.event_type is not None:
            types[event.event_type] += 1
            model = event.model_name or ""
            if event.fields.get("run_id") is not None:
                last_events[text_of(event.fields["run_id"])] = event
            metrics.setdefault(model, {}).update(event.metrics)
            seconds = as_number(event.context.get("seconds"))
            if event.event_type == "training_completed" and seconds is not None:
                runs.append((model, str(event.context.get("outcome", "")), seconds))
    shown_metrics = {model: values for model, values in metrics.items() if values}
    document = {
        "lines": sum(levels.values()),
        "first": None if first is None else first.isoformat(),
        "last": None if last is None else last.isoformat(),
        "levels": levels,
        "events": types,
        "trainings": [
            {"model_name": model, "outcome": outcome, "seconds": seconds}
            for model, outcome, seconds in runs
        ],
        "last_metrics": shown_metrics,
        "last_events": {run: event.raw for run, event in last_events.items()},
    }
    lines = [counted(sum(levels.values()), "line")]
    if first is not None and last is not None:
        times = (("first", first.isoformat()), ("last", last.isoformat()), ("span", last - first))
        lines += [f"{name:6} {value}" for name, value in times]
    tables = Tables(*lines)
    tables.add("level", "lines", levels.most_common())
    tables.add("event", "lines", types.most_common())
    tables.add(
        "training",
        "seconds",
        [(f"{model} {outcome}".strip(), f"{seconds:.3f} s") for model, outcome, seconds in runs],
    )
    tables.add(
        "last event of each run", "event", [(run, _shown(it)) for run, it in last_events.items()]
    )
    for model, values in shown_metrics.items():
        tables.add(
            f"last metrics of {model}", "value", [(name, f"{v:g}") for name, v in values.items()]
        )
    form = Format(options.form)
    title = one_line(", ".join(map(str, events.readers)))
    Report(title, tables, finite(document), is_gate=False).print(form)
    return report_damage(events.readers, sys.stdout if form is Format.table else sys.stderr)


def _shown(event: Event) -> str:
    """Give an event in one line: when, which, of what model, how far, and its metrics."""
    when = "" if event.timestamp is None else event.timestamp.isoformat(" ", "seconds")
    keys = ("epoch", "outcome", "seconds")
    context = event.context
    told = [
        f"{key}={context[key]:g}" if isinstance(context[key], float) else f"{key}={context[key]}"
        for key in keys
        if key in context
    ]
    metrics = [f"{name}={value:g}" for name, value in event.metrics.items()]
    parts = [when, event.event_type or "", event.model_name or "", *told, *metrics]
    return one_line("  ".join(part for part in parts if part))
