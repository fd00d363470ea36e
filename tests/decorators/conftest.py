from __future__ import annotations

import time

import pytest


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for; none of them takes time."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked
