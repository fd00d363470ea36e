"""The fixture `capture_logs` for pytest.

It is there after ``pytest_plugins = ["ml_infra_utils.logging.pytest_plugin"]`` in ``conftest.py``.
It does not come by itself: in a distribution that pytest loads a plugin from, pytest takes our
`logging` for the standard library's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

from ml_infra_utils.logging import testing

if TYPE_CHECKING:
    from typing import Any

__all__ = ["capture_logs"]


@pytest.fixture
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """Give the list of the records that the test logs, as the dicts that their lines are."""
    with testing.capture_logs() as records:
        yield records
