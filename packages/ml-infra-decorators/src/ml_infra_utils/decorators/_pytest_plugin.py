"""The pytest fixtures `no_waits` and `virtual_clock`; pytest finds them by an entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Iterator

    from ml_infra_utils.decorators.testing import VirtualClock


@pytest.fixture(name="no_waits")
def _no_waits() -> Iterator[list[float]]:
    """Let every retry come at once; the value lists the seconds of each skipped wait."""
    from ml_infra_utils.decorators.testing import no_waits

    with no_waits() as waits:
        yield waits


@pytest.fixture(name="virtual_clock")
def _virtual_clock() -> Iterator[VirtualClock]:
    """Let time pass only as told, or as all wait for it; the value is the `VirtualClock`."""
    from ml_infra_utils.decorators.testing import VirtualClock

    with VirtualClock() as clock:
        yield clock
