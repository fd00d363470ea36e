"""What is collected, settings of property tests, and a marker of scikit-learn's tests."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# They have a session of their own, which installs the engines.
collect_ignore = [] if find_spec("pyspark") else ["engines"]

# scikit-learn as an oracle costs a millisecond a call.
settings.register_profile("metrics", max_examples=20, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("metrics")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thread_unsafe: in scikit-learn's tests of metrics")
