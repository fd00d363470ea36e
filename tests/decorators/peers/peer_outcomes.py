"""A pytest plugin that writes down how each test of a peer ended: passed, failed or idle.

A test is idle if it passes, but runs no function of ours: it says nothing about ours.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest

import ml_infra_utils.decorators

OURS = str(Path(ml_infra_utils.decorators.__file__).parent)
_outcomes: dict[str, str] = {}
_ran: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    def see(frame, *_):
        if frame.f_code.co_filename.startswith(OURS):
            _ran.add(item.nodeid)
            sys.setprofile(None)

    sys.setprofile(see)
    threading.setprofile(see)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def pytest_runtest_logreport(report):
    if report.outcome == "failed":
        _outcomes[report.nodeid] = "failed"
    elif report.when == "call":
        outcome = "idle" if report.outcome == "passed" and report.nodeid not in _ran else None
        _outcomes.setdefault(report.nodeid, outcome or report.outcome)


def pytest_sessionfinish():
    Path(os.environ["PEER_OUTCOMES"]).write_text(json.dumps(_outcomes), encoding="utf-8")
