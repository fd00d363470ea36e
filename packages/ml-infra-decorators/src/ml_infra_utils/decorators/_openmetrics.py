"""Timings as text for Prometheus and all that reads its OpenMetrics format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_infra_utils.decorators._checks import value_error

if TYPE_CHECKING:
    from typing import Any, Mapping

QUANTILES = (0.5, 0.95, 0.99)


def openmetrics(timings: Mapping[str, Any], prefix: str) -> str:
    """Return a summary of durations by name, and gauges of the shortest and the longest."""
    if not (isinstance(prefix, str) and re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", prefix)):
        raise value_error("prefix", "the name of a metric, of letters, digits, _ and :", prefix)
    each = {_label(name): timing for name, timing in timings.items()}
    lines = _head(f"{prefix}_seconds", "summary", "Durations of calls and blocks.")
    for label, timing in each.items():
        for quantile in QUANTILES:
            value = timing.percentile(100 * quantile)
            lines.append(f'{prefix}_seconds{{name="{label}",quantile="{quantile}"}} {value!r}')
        lines.append(f'{prefix}_seconds_sum{{name="{label}"}} {timing.total!r}')
        lines.append(f'{prefix}_seconds_count{{name="{label}"}} {timing.count}')
    for extreme, what in (("min", "Shortest"), ("max", "Longest")):
        family = f"{prefix}_{extreme}_seconds"
        lines += _head(family, "gauge", f"{what} duration of a call or block.")
        for label, timing in each.items():
            lines.append(f'{family}{{name="{label}"}} {getattr(timing, extreme)!r}')
    return "\n".join([*lines, "# EOF", ""])


def _head(family: str, kind: str, text: str) -> list[str]:
    return [f"# TYPE {family} {kind}", f"# UNIT {family} seconds", f"# HELP {family} {text}"]


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
