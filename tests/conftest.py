"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# On CI, Hypothesis would draw the same examples whatever the seed is: the noxfile gives it one.
# A deadline would measure the machine, not the code.
settings.register_profile("seeded", derandomize=False, deadline=None)
settings.load_profile("seeded")
