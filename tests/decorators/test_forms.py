"""One engine under every form; each behaves the same, as the forms of stamina do."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import traceback
import tracemalloc
from contextlib import suppress
from functools import partial, wraps
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import AsyncMock, Mock

import pytest
import trio

from ml_infra_utils import decorators
from ml_infra_utils.decorators import retry, retry_on_condition, retrying

# Each form takes the arguments of retry and a function that does the work of an attempt,
# and returns a function that runs it to the end.


def as_function(work, **arguments):
    return retry(**arguments)(work)


def as_method(work, **arguments):
    class Service:
        @retry(**arguments)
        def call(self):
            return work()

    return Service().call


def as_coroutine(work, **arguments):
    @retry(**arguments)
    async def call():
        await asyncio.sleep(0)
        return work()

    return lambda: asyncio.run(call())


def as_generator(work, **arguments):
    @retry(**arguments)
    def call():
        yield work()

    return lambda: next(call())


def as_async_generator(work, **arguments):
    @retry(**arguments)
    async def call():
        await asyncio.sleep(0)
        yield work()

    async def first():
        return await call().__anext__()

    return lambda: asyncio.run(first())


def as_block(work, **arguments):
    def call():
        for attempt in retrying(**arguments):
            with attempt:
                result = work()
        return result

    return call


def as_async_block(work, **arguments):
    async def call():
        async for attempt in retrying(**arguments):
            with attempt:
                result = work()
        return result

    return lambda: asyncio.run(call())


def as_async_block_and_attempt(work, **arguments):
    async def call():
        async for attempt in retrying(**arguments):
            async with attempt:
                result = work()
        return result

    return lambda: asyncio.run(call())


FORMS = [
    as_function,
    as_method,
    as_coroutine,
    as_generator,
    as_async_generator,
    as_block,
    as_async_block,
    as_async_block_and_attempt,
]
every_form = pytest.mark.parametrize("form", FORMS)
# Without and with something to do on success, which has a path of its own.
plain_and_watched = pytest.mark.parametrize("options", [{}, {"timeout": 1000}])


@every_form
@plain_and_watched
def test_success_after_failures(form, options, flaky, waits):
    work = flaky(ConnectionError(), ConnectionError(), "ok")

    assert "ok" == form(work, max_attempts=4, delay=0.5, **options)()
    assert [0.5, 1.0] == waits
    assert 3 == work.calls


@every_form
@plain_and_watched
def test_success_at_once(form, options, flaky, waits):
    assert "ok" == form(flaky("ok"), **options)()
    assert [] == waits


@every_form
@plain_and_watched
def test_attempts_used_up_raise_the_last_error_itself(form, options, flaky, waits):
    errors = [ConnectionError(1), ConnectionError(2)]

    with pytest.raises(ConnectionError) as caught:
        form(flaky(*errors), max_attempts=2, **options)()
    assert errors[1] is caught.value
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert [1.0] == waits


@every_form
@plain_and_watched
def test_other_errors_pass_at_once(form, options, flaky, waits):
    with pytest.raises(KeyError):
        form(flaky(KeyError()), exceptions=OSError, **options)()
    assert [] == waits


@every_form
@plain_and_watched
def test_cancellation_is_never_retried(form, options, flaky, waits):
    with pytest.raises(asyncio.CancelledError):
        form(flaky(asyncio.CancelledError()), **options)()
    assert [] == waits


@every_form
@plain_and_watched
def test_note_says_how_many_attempts_over_how_long(form, options, flaky):
    with pytest.raises(ConnectionError) as caught:
        form(flaky(*[ConnectionError("x") for _ in range(3)]), **options)()
    (note,) = caught.value.__notes__
    assert note.endswith(" failed after 3 attempts, 3.00 seconds after the first failure")


def own_frames(error):
    folder = Path(decorators.__path__[0])
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if folder in Path(frame.filename).parents]


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="a bare raise brings the wrapper's frame back before 3.11"
)
@every_form
@plain_and_watched
def test_tracebacks_show_only_frames_of_the_caller(form, options):
    def work():
        raise ConnectionError

    with pytest.raises(ConnectionError) as caught:
        form(work, max_attempts=2, **options)()
    assert [] == own_frames(caught.value)


@every_form
@plain_and_watched
def test_an_error_that_is_raised_again_and_again_does_not_pile_up_frames(form, options):
    error = ConnectionError()

    def work():
        raise error

    with pytest.raises(ConnectionError):
        form(work, max_attempts=500, backoff=1, output=None, **options)()
    assert len(list(traceback.walk_tb(error.__traceback__))) < 20


def test_frames_of_an_error_that_is_raised_again_within_one_attempt_are_kept():
    def load():
        raise ConnectionError

    def upload():
        for attempt in retrying(max_attempts=1):
            with attempt:
                try:
                    load()
                except ConnectionError as error:
                    raise error

    with pytest.raises(ConnectionError) as caught:
        upload()
    assert "load" == traceback.extract_tb(caught.value.__traceback__)[-1].name


@every_form
def test_before_python_3_11_at_most_one_frame_is_ours(form):
    def work():
        raise ConnectionError

    with pytest.raises(ConnectionError) as caught:
        form(work, max_attempts=3)()
    assert len(own_frames(caught.value)) <= 1


@pytest.mark.parametrize("form", [as_function, as_method, as_coroutine])
def test_a_condition_is_checked_in_each_form(form, flaky, waits, monkeypatch):
    monkeypatch.setitem(globals(), "retry", retry_on_condition)

    assert 7 == form(flaky(None, None, 7))()
    assert [1.0, 1.0] == waits


# What functions are, they stay


def test_coroutine_functions_are_found_below_partials_and_objects(flaky):
    class Service:
        async def __call__(self):
            return work()

    async def call(suffix):
        return work() + suffix

    work = flaky(ConnectionError(), "a", ConnectionError(), "b")
    assert "a!" == asyncio.run(retry()(partial(call, "!"))())
    assert "b" == asyncio.run(retry()(Service())())


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="inspect.markcoroutinefunction is new in Python 3.12"
)
def test_functions_that_are_marked_as_coroutine_functions_are_awaited(flaky):
    work = flaky(ConnectionError(), "a")

    async def call():
        return work()

    marked = inspect.markcoroutinefunction(lambda: call())
    assert "a" == asyncio.run(retry(marked)())


def test_mocks_are_retried():
    work = Mock(side_effect=[ConnectionError(), "a"])
    assert "a" == retry(work)()
    work_async = AsyncMock(side_effect=[ConnectionError(), "b"])
    assert "b" == asyncio.run(retry(work_async)())
    assert (2, 2) == (work.call_count, work_async.call_count)


# Not those of asyncio.run, which leaves cycles of its own.
@pytest.mark.parametrize("form", [as_function, as_method, as_generator, as_block])
def test_a_failure_leaves_no_garbage_that_needs_the_collector(form):
    def work():
        raise ConnectionError

    call = form(work, max_attempts=2, output=None)
    gc.collect()
    gc.disable()
    try:
        with suppress(ConnectionError):
            call()
        own = [
            each
            for each in gc.get_objects()
            if str(type(each).__module__).startswith(f"{decorators.__name__}._engine")
            or type(each) is ConnectionError
        ]
    finally:
        gc.enable()
    assert [] == own


def test_class_and_static_methods_are_retried(flaky):
    work = flaky(ConnectionError(), 1, ConnectionError(), 2)

    class Service:
        @classmethod
        @retry
        def build(cls):
            return cls, work()

        @staticmethod
        @retry
        def ping():
            return work()

    assert (Service, 1) == Service.build()
    assert 2 == Service().ping()


@pytest.mark.usefixtures("system_clock")
def test_trio_sleeps_its_own_way(flaky, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    @retry(delay=0.25)
    async def call(work=flaky(ConnectionError(), "ok")):  # noqa: B008 - shared on purpose
        return work()

    monkeypatch.setattr(trio, "sleep", sleep)
    assert "ok" == trio.run(call)
    assert [0.25] == slept


def peak_of(call):
    """Return the most bytes that a call holds at once, while coverage looks away."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        for _ in range(3):
            call()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
        sys.settrace(tracer)


def test_a_success_allocates_nothing_that_a_bare_wrapper_does_not():
    def bare(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    def work(x, y):
        return x + y

    plain, retried, watched = (make(work) for make in (bare, retry, retry(timeout=1)))
    floor = peak_of(lambda: plain(1, y=2))
    assert floor == peak_of(lambda: retried(1, y=2))
    assert floor < peak_of(lambda: watched(1, y=2))  # so it would be seen


def test_an_async_loop_that_forgets_its_attempt_is_told():
    async def call():
        async for _ in retrying():
            pass

    with pytest.raises(RuntimeError, match="write `with attempt:` in the loop"):
        asyncio.run(call())


def test_an_async_loop_ends_after_success():
    async def call():
        numbers = []
        async for attempt in retrying():
            with attempt:
                numbers.append(attempt.number)
                if attempt.number == 1:
                    raise ConnectionError
        return numbers

    assert [1, 2] == asyncio.run(call())


def test_an_object_that_is_no_function_may_hide_its_kind():
    task = SimpleNamespace(func=None)
    with pytest.raises(TypeError, match="must be a function"):
        retry()(task)
