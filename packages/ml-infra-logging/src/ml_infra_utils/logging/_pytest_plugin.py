"""The fixture of pytest; see `ml_infra_utils.logging.testing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

if TYPE_CHECKING:
    from typing import Any


@pytest.fixture(name="capture_logs")
def _capture_logs() -> Iterator[list[dict[str, Any]]]:
    """Give the list of the records that the test logs, as dicts."""
    from ml_infra_utils.logging.testing import capture_logs

    with capture_logs() as records:
        yield records
