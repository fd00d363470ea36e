"""stamina's interface on top of ours, as far as there is an equivalent."""

from __future__ import annotations

import datetime
import random
import types
import warnings
from contextlib import contextmanager

from ml_infra_utils.decorators import cap_attempts, retrying
from ml_infra_utils.decorators import retry as our_retry

instrumentation = types.SimpleNamespace(set_on_retry_hooks=lambda _: None)
_inactive: list = []
_testing: list = []


def set_active(active):
    while _inactive:
        _inactive.pop().end()
    if not active:
        _inactive.append(cap_attempts(1))


def is_active():
    return not _inactive


def set_testing(testing, *, attempts=1, **_):
    if testing:
        _testing.append((attempts, cap_attempts(attempts)))
    elif _testing:
        _testing.pop()[1].end()
    return _tested()


@contextmanager
def _tested():
    try:
        yield
    finally:
        set_testing(False)


def is_testing():
    return bool(_testing)


def _seconds(value):
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value


def _options(on, attempts, timeout, wait_initial, wait_max, wait_jitter, wait_exp_base, level=3):
    timeout = _seconds(timeout)
    if timeout == 0:
        text = "timeout=0 means no retries will be attempted"
        warnings.warn(text, UserWarning, stacklevel=level)
    initial, longest, jitter = map(_seconds, (wait_initial, wait_max, wait_jitter))
    given = {}  # what the backoff hook said of an exception

    def retries(error):
        answer = on(error)
        if answer is None:
            warnings.warn(f"Backoff hook {on!r} returned None", UserWarning, stacklevel=2)
        given.clear()
        if answer is not None and not isinstance(answer, bool):
            given["wait"] = answer
        return answer is not None and answer is not False

    def wait(_, attempt):
        if is_testing():
            return 0
        if "wait" in given:
            return given["wait"]
        try:
            backoff = initial * wait_exp_base ** (attempt - 1)
        except OverflowError:
            backoff = longest
        return min(longest, backoff + random.uniform(0, jitter))

    is_predicate = callable(on) and not isinstance(on, type)
    return {
        "max_attempts": max(1, attempts) if attempts else None if timeout != 0 else 1,
        "timeout": max(0, timeout) if timeout is not None else 365 * 24 * 3600,
        "exceptions": retries if is_predicate else on,
        "wait": wait,
        "output": None,
    }


def retry(
    *,
    on,
    attempts=10,
    timeout=45.0,
    wait_initial=0.1,
    wait_max=5.0,
    wait_jitter=1.0,
    wait_exp_base=2,
):
    return our_retry(
        **_options(on, attempts, timeout, wait_initial, wait_max, wait_jitter, wait_exp_base)
    )


def retry_context(
    on,
    attempts=10,
    timeout=45.0,
    wait_initial=0.1,
    wait_max=5.0,
    wait_jitter=1.0,
    wait_exp_base=2,
):
    return retrying(
        **_options(on, attempts, timeout, wait_initial, wait_max, wait_jitter, wait_exp_base)
    )


class RetryingCaller:
    def __init__(self, **options):
        self.options = options

    def on(self, on):
        return lambda function, *args, **kwargs: retry(on=on, **self.options)(function)(
            *args, **kwargs
        )

    def __call__(self, on, function, *args, **kwargs):
        return self.on(on)(function, *args, **kwargs)


AsyncRetryingCaller = RetryingCaller
