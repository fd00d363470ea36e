"""Count the levels and events of a log, and show its last metrics."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from ml_infra_utils.logging._commands.printing import print_table, print_text, report_damage
from ml_infra_utils.logging._commands.selection import selected_events
from ml_infra_utils.logging._reading.parsed_line import as_number

if TYPE_CHECKING:
    import argparse


def summary(options: argparse.Namespace) -> int:
    """Print the summary; give the exit status."""
    events = selected_events(options)
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
    print_text(f"{sum(levels.values())} lines")
    if first is not None and last is not None:
        print_text(f"first  {first.isoformat()}\nlast   {last.isoformat()}\nspan   {last - first}")
    print_table("level", levels.most_common())
    print_table("event", types.most_common())
    print_table(
        "training", [(f"{model} {outcome}".strip(), f"{s:.3f} s") for model, outcome, s in runs]
    )
    shown = {model: values for model, values in metrics.items() if values}
    for model, values in shown.items():
        print_table(f"last metrics of {model}", [(name, f"{v:g}") for name, v in values.items()])
    return report_damage(events, sys.stdout)
