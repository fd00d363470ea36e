"""The pytest fixture `no_waits`; pytest finds it through an entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Iterator


@pytest.fixture(name="no_waits")
def _no_waits() -> Iterator[list[float]]:
    """Let every retry come at once; the value lists the seconds of each skipped wait."""
    from ml_infra_utils.decorators.testing import no_waits

    with no_waits() as waits:
        yield waits
