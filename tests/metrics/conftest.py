"""Settings of the property tests, and a marker of scikit-learn's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# Deadlines measure the machine, not the code; scikit-learn as an oracle costs a millisecond a call.
settings.register_profile(
    "metrics", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("metrics")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thread_unsafe: in scikit-learn's tests of metrics")
