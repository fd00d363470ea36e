"""What no further attempt can mend passes at once, and reports never make retries multiply."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import subprocess
import sys
import unittest
from contextlib import suppress

import pytest

from ml_infra_utils.decorators import RetryPolicy, StopRetrying, instrument, retry


def foreign(module, name):
    """Return an exception type as another library defines it."""
    return type(name, (Exception,), {"__module__": module, "__qualname__": name})


SoftTimeLimitExceeded = foreign("billiard.exceptions", "SoftTimeLimitExceeded")


@pytest.mark.parametrize(
    "kind",
    [
        RecursionError,
        SoftTimeLimitExceeded,
        type("OurLimitError", (SoftTimeLimitExceeded,), {}),
        foreign("celery.exceptions", "Retry"),
        foreign("celery.exceptions", "Ignore"),
        foreign("celery.exceptions", "Reject"),
        foreign("rq.timeouts", "BaseTimeoutException"),
        foreign("airflow.exceptions", "AirflowSkipException"),
        foreign("airflow.sdk.exceptions", "AirflowSkipException"),  # where Airflow 3 has it
        foreign("airflow.sdk.exceptions", "AirflowFailException"),
        foreign("airflow.sdk.exceptions", "AirflowRescheduleException"),
        foreign("airflow.exceptions", "AirflowTaskTimeout"),
        foreign("dramatiq.errors", "Retry"),
        foreign("huey.exceptions", "CancelExecution"),
        foreign("huey.exceptions", "RetryTask"),
        pytest.exit.Exception,
        unittest.SkipTest,
        concurrent.futures.CancelledError,
    ],
)
@pytest.mark.parametrize("exceptions", [Exception, lambda _: True])
def test_time_limits_and_orders_of_others_pass_at_once(flaky, waits, kind, exceptions):
    with pytest.raises(kind):
        retry(exceptions=exceptions)(flaky(kind()))()
    assert [] == waits


class GroupError(Exception):
    """As exceptiongroup and Python 3.11 have it: an exception that holds others."""

    def __init__(self, *exceptions):
        super().__init__("two tasks")
        self.exceptions = exceptions

    def derive(self, exceptions):
        return GroupError(*exceptions)


@pytest.mark.parametrize(
    "members",
    [
        (OSError(), SoftTimeLimitExceeded()),
        (OSError(), RecursionError()),
        (OSError(), StopRetrying()),
        (OSError(), GroupError(SoftTimeLimitExceeded())),
        (OSError(), KeyError()),
    ],
)
@pytest.mark.parametrize("exceptions", [Exception, OSError, lambda _: True])
def test_a_group_with_such_a_member_passes_at_once(flaky, waits, members, exceptions):
    with pytest.raises(GroupError):
        retry(exceptions=exceptions, never=KeyError)(flaky(GroupError(*members)))()
    assert [] == waits


@pytest.mark.parametrize(
    ("exceptions", "members", "is_retried"),
    [
        (Exception, (OSError(), KeyError()), True),
        (OSError, (OSError(), TimeoutError()), True),
        (OSError, (OSError(), GroupError(OSError())), True),
        (OSError, (OSError(), KeyError()), False),
        (OSError, (), False),
        (GroupError, (KeyError(),), True),
        (lambda error: isinstance(error, GroupError), (KeyError(),), True),
    ],
)
def test_a_group_is_retried_if_all_in_it_are(exceptions, members, is_retried):
    assert is_retried == RetryPolicy(exceptions=exceptions).retries(GroupError(*members))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups are new in Python 3.11")
def test_the_failure_of_a_task_group_is_retried_by_what_its_tasks_raise(flaky, waits):
    call = flaky(ConnectionError(), "rows")

    async def read():
        return call()

    @retry(exceptions=ConnectionError)
    async def load():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(read())
        return task.result()

    assert "rows" == asyncio.run(load())
    assert [1.0] == waits


@pytest.mark.parametrize("never", [KeyError, (KeyError, ValueError), [LookupError]])
def test_never_adds_to_them(flaky, waits, never):
    call = flaky(OSError(), KeyError("k"))
    with pytest.raises(KeyError):
        retry(never=never)(call)()
    assert [1.0] == waits


def test_never_goes_to_json():
    policy = RetryPolicy(never=(KeyError, ValueError))
    assert ["KeyError", "ValueError"] == policy.to_dict()["never"]
    assert policy == RetryPolicy.from_json(policy.to_json())
    assert (KeyError,) == RetryPolicy.from_dict({"never": "KeyError"}).never


@pytest.mark.parametrize("never", [BaseException, 3, "KeyError", lambda _: True])
def test_never_holds_exception_types(never):
    with pytest.raises(TypeError, match="each of never must be"):
        retry(never=never)


def test_recursion_without_end_is_not_multiplied(waits):
    calls = 0

    @retry(max_attempts=2, delay=0, output=None)
    def descend():
        nonlocal calls
        calls += 1
        descend()

    with pytest.raises(RecursionError):
        descend()
    assert calls < 2 * sys.getrecursionlimit()
    assert [] == waits


# Reports


@pytest.fixture
def log():
    log = logging.getLogger("tests.decorators.never")
    log.propagate = False
    yield log
    log.handlers.clear()


@pytest.mark.parametrize("inner", [None, "the same", "a child"])
def test_a_handler_that_retries_is_not_entered_again_from_its_own_line(log, inner):
    outputs = {None: None, "the same": log, "a child": log.getChild("child")}
    sent = []

    @retry(max_attempts=4, output=outputs[inner])
    def send(line):
        sent.append(line)
        raise ConnectionError("the collector is down")

    class Handler(logging.Handler):
        def emit(self, record):
            with suppress(ConnectionError):
                send(record.getMessage())

    log.addHandler(Handler())

    @retry(max_attempts=3, output=log)
    def work():
        raise ConnectionError("down")

    with pytest.raises(ConnectionError):
        work()
    # Three lines of work, each sent four times; a child's four lines are sent once more.
    assert len(sent) <= {None: 12, "the same": 12, "a child": 60}[inner]


def test_an_instrument_that_retries_does_not_hear_of_itself():
    heard = []

    @retry(max_attempts=3, output=None)
    def send(state):
        heard.append(state.name)
        raise ConnectionError

    @retry(max_attempts=2, output=None, name="work")
    def work():
        raise ConnectionError

    with instrument(send), pytest.raises(ConnectionError):
        work()
    assert {"work"} == set(heard)
    assert 3 * 3 == len(heard)  # a retry, an attempt and the end, three attempts each


def test_what_a_failure_needs_is_there_when_nothing_can_be_imported():
    code = """
import sys
from ml_infra_utils.decorators import retry

@retry(max_attempts=2, delay=0.001, jitter="full", retry_after=5, timeout=9, output=None)
def close():
    raise ConnectionError("the real error")

class Connection:
    def __del__(self):
        try:
            close()
        except BaseException as error:
            print(repr(error))

class Finder:
    def find_spec(self, name, *_):
        print("imported", name)

connection = Connection()
sys.meta_path.insert(0, Finder())
del connection
sys.meta_path.pop(0)
connection = Connection()  # ends with the interpreter
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    assert ["ConnectionError('the real error')"] * 2 == done.stdout.splitlines()
