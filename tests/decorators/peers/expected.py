"""What of the peers' own suites does not pass, by the names of tests, and why.

"differs" is decided otherwise by us; "none" has no equivalent with us.
"""

from __future__ import annotations

BASE = "BaseException is refused: retrying it would swallow Ctrl-C, exits and cancellation"
INNER = "the test looks into the peer's inner parts"
YIELDED = "a generator that has yielded is not started again: what was taken cannot be taken back"

EXPECTED: dict[str, dict[str, tuple[str, str]]] = {
    "tenacity": {},
    "stamina": {
        "test_retries_also_after_yields": ("differs", YIELDED),
        "test_forwards_throw": ("differs", YIELDED),
        "test_forwards_athrow": ("differs", YIELDED),
        "TestRetryingCaller::test_ok": ("differs", BASE),
        "TestAsyncRetryingCaller::test_ok": ("differs", BASE),
        "test_retry_block": ("none", "an attempt does not tell its next wait beforehand"),
        "test_next_wait": ("none", "an attempt does not tell its next wait beforehand"),
        "test_attempt_next_wait": ("none", INNER),
        "test_testing_mode": ("none", "no_waits() skips waits, attempts tell none beforehand"),
        "test_backoff_computation_clamps": ("none", INNER),
        "test_backoff_no_overflow": ("none", INNER),
        "TestMakeStop": ("none", INNER),
        "TestRetryingCaller::test_repr": ("none", "there is no object that calls: retry(f)() does"),
        "TestAsyncRetryingCaller::test_repr": (
            "none",
            "there is no object that calls: retry(f)() does",
        ),
    },
    "codetiming": {},
}
"""By peer: a part of the names of tests, how they end, and why."""

LEFT_OUT = {
    "tenacity": (
        "tests of its strategies by themselves (stop, wait, retry objects), its loops over "
        "`Retrying`, asyncio and tornado: the adapter takes the place of `Retrying.__call__`"
    ),
    "stamina": "test_config, test_instrumentation, test_structlog and test_packaging: inner parts",
    "backoff": "its sdist ships no tests",
}
