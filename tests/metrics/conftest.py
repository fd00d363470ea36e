"""Settings of the property tests, and nothing else."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Deadlines measure the machine, not the code; scikit-learn as an oracle costs a millisecond a call.
settings.register_profile(
    "metrics", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("metrics")
