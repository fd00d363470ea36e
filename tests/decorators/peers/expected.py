"""What of the peers' own suites does not pass, or says nothing about ours, by the names of tests.

"differs" is decided otherwise by us; "none" has no equivalent with us; "idle" passes, but runs
nothing of ours, and so has none either.
"""

from __future__ import annotations

BASE = "BaseException is refused: retrying it would swallow Ctrl-C, exits and cancellation"
INNER = "the test looks into the peer's inner parts"
YIELDED = "a generator that has yielded is not started again: what was taken cannot be taken back"
AWAITED = "predicates are plain functions: one that has to be awaited is refused when decorating"
RESULT = "a block has no result: it is looked at where there is one, with `retry_on_condition`"
OFF = "tenacity calls the function itself where it is switched off; ours: `disable_retries()`"
ALONE = "an object of tenacity by itself, nothing is retried; ours are arguments: "
CALLER = "there is no object that calls: `retry(…)(function)` does"

EXPECTED: dict[str, dict[str, tuple[str, str]]] = {
    "tenacity": {
        "TestWaitConditions::test_wait_retry_state_attributes": (
            "differs",
            "what a wait function raises is told, and the schedule holds: the last error is raised",
        ),
        "TestContextManager::test_retry_with_result": ("none", RESULT),
        "TestContextManager::test_retry_with_async_result": ("none", RESULT),
        "TestContextManager::test_retry_with_async_exc": ("none", AWAITED),
        "TestIssue478::test_async": ("none", AWAITED),
        "TestAsyncEnabled::test_enabled_false_skips_retry": ("idle", OFF),
        "TestEnabled::test_enabled_false_skips_retry": ("idle", OFF),
        "TestEnabled::test_enabled_false_preserves_attributes": ("idle", OFF),
        "TestEnabled::test_enabled_false_via_retry_with": ("idle", OFF),
        "TestStopConditions": ("idle", ALONE + "`max_attempts`, `timeout`"),
        "TestWaitConditions": ("idle", ALONE + "`delay`, `backoff`, `max_delay`, `jitter`, `wait`"),
        "TestRetryConditions": ("idle", ALONE + "`exceptions`, `never`, `condition`"),
        "TestRetryingName": ("idle", ALONE + "`name`"),
        "TestAfterLogFormat": ("idle", ALONE + "`output`"),
        "TestPickle": ("idle", ALONE + "a `RetryPolicy` is pickled, and goes to JSON"),
        "TestRetryException": ("idle", "there is no RetryError: the last error itself is raised"),
        "TestBase": ("idle", INNER),
        "TestAsyncio::test_repr": ("idle", INNER),
        "TestAsyncio::test_retry_attributes": ("idle", INNER),
        "TestAsyncio::test_iscoroutinefunction": ("idle", INNER),
        "TestAsyncio::test_retry_preserves_argument_defaults": ("idle", INNER),
        "TestDecoratorWrapper::test_retry_preserves_argument_defaults": ("idle", INNER),
        "TestContextManager::test_async_retying_iterator": ("idle", INNER),
        "test_is_coroutine_callable": ("idle", INNER),
        "test_find_ordinal": ("idle", INNER),
    },
    "stamina": {
        "test_retries_also_after_yields": ("differs", YIELDED),
        "test_forwards_throw": ("differs", YIELDED),
        "test_forwards_athrow": ("differs", YIELDED),
        "TestRetryingCaller::test_ok": ("differs", BASE),
        "TestAsyncRetryingCaller::test_ok": ("differs", BASE),
        "test_retry_block": ("none", "an attempt does not tell its next wait beforehand"),
        "test_next_wait": ("none", "an attempt does not tell its next wait beforehand"),
        "test_attempt_next_wait": ("none", INNER),
        "test_testing_mode": ("none", "`no_waits()` skips waits, attempts tell none beforehand"),
        "test_backoff_computation_clamps": ("none", INNER),
        "test_backoff_no_overflow": ("none", INNER),
        "TestMakeStop": ("none", INNER),
        "TestRetryingCaller::test_repr": ("none", CALLER),
        "TestAsyncRetryingCaller::test_repr": ("none", CALLER),
    },
    "codetiming": {
        "test_error_if_timer_not_running": ("idle", "a block of `timed` is entered and left"),
        "test_last_starts_as_nan": ("idle", "`elapsed` is 0 before a block of `timed` begins"),
        "test_setting_timers_exception": ("idle", "`Timings` have no items to set"),
    },
}
"""By peer: the beginning or a part of the names of tests, how they end, and why."""

LEFT_OUT = {
    "tenacity": {
        "test_tornado.py": "generators as coroutines; tornado itself has moved to `async def`"
    },
    "stamina": {
        "test_config.py": "its object of settings; what it sets is in the other tests",
        "test_instrumentation.py": "its hooks, counters and details by their own names and forms",
        "test_structlog.py": "the words and keys of its lines",
        "test_packaging.py": "its version",
    },
    "codetiming": {},
}
"""Files of tests that import the peer's inner parts, or nothing of it that ours has."""

WITHOUT_TESTS = {"backoff": "no sdist of 1.0, 1.4, 1.11 or 2.2 holds its tests"}
