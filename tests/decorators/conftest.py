"""Virtual time for every test, and functions that fail as told."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

from ml_infra_utils.decorators.testing import VirtualClock


class Flaky:
    """Raise each exception among the outcomes, return the others."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = outcomes
        self.calls = 0

    def __call__(self, *_: Any, **__: Any) -> Any:
        outcome = self.outcomes[self.calls]
        self.calls += 1
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


@pytest.fixture
def flaky() -> Callable[..., Flaky]:
    return Flaky


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[VirtualClock]:
    if "system_clock" in request.fixturenames:
        yield VirtualClock()
        return
    with VirtualClock() as clock:
        yield clock


@pytest.fixture
def system_clock() -> None:
    """Leave the clock of the machine in place."""


@pytest.fixture
def waits(clock: VirtualClock) -> list[float]:
    return clock.waits
