"""A pytest plugin that writes down how each test of a peer ended."""

from __future__ import annotations

import json
import os
from pathlib import Path

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome == "failed":
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish():
    Path(os.environ["PEER_OUTCOMES"]).write_text(json.dumps(_outcomes), encoding="utf-8")
