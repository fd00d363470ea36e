"""Limits of times and sizes, each with its reason."""

from __future__ import annotations

LONGEST_WAIT = 30 * 24 * 3600.0
"""Thirty days, in seconds: the sleep of some systems overflows after 49."""

STEPS = 64
"""Each power of two is cut into this many equal buckets of durations: the middle of one is
within ``1 / (2 * STEPS)``, which is 0.8 %, of all that is in it."""

SHORTEST, LONGEST = 2.0**-30, 2.0**24
"""Seconds (0.9 nanoseconds, 194 days): durations outside count in the outermost buckets."""

ROUNDING = 1e-9
"""Of a token: ten tenths add up to a little less than one in floating point."""

MOST_ATTEMPTS = 100_000
"""Of a simulation: a policy without `max_attempts` may have attempts that take no time at all."""

LONGEST_DURATION = 1e18
"""Seconds, 32 billion years: no sum of squares of such durations overflows."""

MOST_OBSERVATIONS = 512
"""Of durations, before they are folded into the statistics: adding them up for a reader takes
less than a millisecond, and folding so rarely costs each of them nearly nothing."""

MOST_TRANSACTIONS = 64
"""Of a budget, before they are folded into its tokens: each withdrawal adds them up."""

MOST_OUTCOMES = 8
"""Of a circuit breaker, before they are folded into where it stands: each failure, and each look
at a breaker that is open, adds them up."""
