"""Let tenacity's `Retrying` make its attempts with our engine; its strategies stay its own."""

from __future__ import annotations

import time

import tenacity

from ml_infra_utils.decorators import StopRetrying, retry_on_condition
from ml_infra_utils.decorators.testing import VirtualClock


class Sleeping(VirtualClock):
    """The time of this machine, and the sleep that a `Retrying` was given."""

    def __init__(self, retrying, state):
        super().__init__()
        self.retrying, self.state = retrying, state

    def now(self):
        return time.monotonic()

    def sleep(self, seconds, *_, **__):
        self.state.prepare_for_next_attempt()
        self.retrying.sleep(seconds)


def call(self, fn, *args, **kwargs):
    if not self.enabled:
        return fn(*args, **kwargs)
    self.begin()
    state = tenacity.RetryCallState(retry_object=self, fn=fn, args=args, kwargs=kwargs)

    def before_attempt(_):
        if self.before is not None:
            self.before(state)

    def exceptions(error):
        state.set_exception((type(error), error, error.__traceback__))
        return isinstance(error, tenacity.TryAgain) or self.retry(state)

    def condition(result):
        state.set_result(result)
        return self.retry(state)

    def wait(*_):
        if state.outcome is None:
            return None
        if self.after is not None:
            self.after(state)
        state.upcoming_sleep = self.wait(state) if self.wait else 0
        return state.upcoming_sleep

    def on_retry(_):
        self.statistics["delay_since_first_attempt"] = state.seconds_since_start
        if self.stop(state):
            raise StopRetrying
        state.next_action = tenacity.RetryAction(state.upcoming_sleep)
        state.idle_for += state.upcoming_sleep
        self.statistics["idle_for"] += state.upcoming_sleep
        self.statistics["attempt_number"] += 1
        if self.before_sleep is not None:
            self.before_sleep(state)

    def fallback(_):
        if self.retry_error_callback:
            return self.retry_error_callback(state)
        error = self.retry_error_cls(state.outcome)
        if self.reraise:
            raise error.reraise()
        raise error from state.outcome.exception()

    ours = retry_on_condition(
        max_attempts=None,
        timeout=10**9,
        condition=condition,
        exceptions=exceptions,
        wait=wait,
        before_attempt=before_attempt,
        on_retry=on_retry,
        fallback=fallback,
        output=None,
    )
    with Sleeping(self, state):
        return ours(fn)(*args, **kwargs)


tenacity.Retrying.__call__ = call
