"""What other libraries have is called differently here: hints for those who come from them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

_LINES = "output=…, a logger"
_SCHEDULE = "delay=…, backoff=… and max_delay=…"

OURS = {
    # tenacity
    "stop": "max_attempts=… or timeout=…",
    "retry": "exceptions=…, or @retry_on_condition(condition=…) for results",
    "reraise": "the last error itself is always raised",
    "retry_error_cls": "the last error itself is always raised",
    "retry_error_callback": "fallback=…, a function of the RetryState",
    "before": "before_attempt=…",
    "before_sleep": "on_retry=…, or output=… for lines to a logger",
    "after": "on_retry=… and on_give_up=…",
    "sleep": "testing.no_waits() or a testing.VirtualClock around the call",
    "enabled": "disable_retries()",
    # stamina
    "on": "exceptions=…",
    "attempts": "max_attempts=…",
    "wait_initial": "delay=…",
    "wait_max": "max_delay=…",
    "wait_jitter": 'jitter="full" or "equal"',
    "wait_exp_base": "backoff=…",
    # backoff
    "wait_gen": f"{_SCHEDULE}, or wait=…",
    "exception": "exceptions=…",
    "predicate": "@retry_on_condition(condition=…)",
    "max_tries": "max_attempts=…",
    "max_time": "timeout=…",
    "giveup": "never=…, or exceptions=… with a predicate that says what to retry",
    "on_backoff": "on_retry=…",
    "on_giveup": "on_give_up=…",
    "raise_on_giveup": "fallback=…, which is returned instead of raising",
    "factor": "delay=…",
    "base": "backoff=…",
    "max_value": "max_delay=…",
    "interval": "delay=… and backoff=1",
    "logger": _LINES,
    "backoff_log_level": _LINES,
    "giveup_log_level": _LINES,
    # retrying
    "stop_max_attempt_number": "max_attempts=…",
    "stop_max_delay": "timeout=…, in seconds",
    "wait_fixed": "delay=… and backoff=1, in seconds",
    "wait_random_min": 'jitter="full" or "equal"',
    "wait_random_max": 'jitter="full" or "equal"',
    "wait_exponential_multiplier": "delay=…, in seconds",
    "wait_exponential_max": "max_delay=…, in seconds",
    "retry_on_exception": "exceptions=…",
    "retry_on_result": "@retry_on_condition(condition=…)",
    "wrap_exception": "the last error itself is always raised",
    # urllib3 and others
    "tries": "max_attempts=…",
    "retries": "max_attempts=…, which counts the first attempt too",
    "max_retries": "max_attempts=…, which counts the first attempt too",
    "total": "max_attempts=…, which counts the first attempt too",
    "backoff_factor": "delay=…, and backoff=… for the growth",
    "backoff_max": "max_delay=…",
    "backoff_jitter": 'jitter="full" or "equal"',
    "status_forcelist": "exceptions=…, a predicate that looks at the status",
    "respect_retry_after_header": "retry_after=…, the longest that is waited",
}
"""What to write here, by the name of the argument there."""

LIBRARIES = {"backoff": "on_exception", "tenacity": "retry_if_exception"}
"""Their functions and objects are made for what they pass themselves. Each with a name in it, which
tells it from a module of the same name that somebody else wrote."""

INSTEAD = {
    "exceptions": "types, or a function of the exception",
    "output": "a logger itself",
    "wait": "delay=…, backoff=…, max_delay=… and jitter=…, or a list of seconds",
}
"""What to give an argument instead of an object of theirs; a function of ours to all others."""


def hint_for(option: str, names: Iterable[str]) -> str:
    """Return what to write instead of an unknown argument, or nothing."""
    from ml_infra_utils.decorators._words import nearest

    if option in OURS:
        return f"; here: {OURS[option]}"
    return nearest(option, names)


def library_of(value: object) -> str:
    """Return which of these libraries a function or object comes from, or nothing."""
    module = getattr(value, "__module__", None)
    library = module.partition(".")[0] if isinstance(module, str) else ""
    mark = LIBRARIES.get(library)
    return library if mark and hasattr(sys.modules.get(library), mark) else ""
