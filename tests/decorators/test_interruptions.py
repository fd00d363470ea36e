"""What accumulates may be entered at any moment: nothing hangs, and no count is lost.

Each script runs in a process of its own with a limit of time, so that a hang is a failure.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

# How to count once, how to learn what was counted, and how many counts are enough for entries to be
# folded into the state, for all that accumulates.
COUNTERS = {
    "timings": """
        from ml_infra_utils.decorators import Timings

        timings = Timings()
        timings.observe("load", 1.0)

        def count():
            timings.observe("load", 1.0)

        def counted():
            return timings["load"].count - 1

        def begin_something_new():
            timings.observe(f"load {len(timings) % 100}", 1.0)

        MANY = 524
    """,
    "taken": """
        from ml_infra_utils.decorators import Timings

        timings, parts = Timings(), []

        def count():
            timings.observe("load", 1.0)

        def counted():
            taken = timings.take()
            parts.append(taken["load"].count if "load" in taken else 0)
            return sum(parts)

        def begin_something_new():
            timings.observe(f"load {len(timings) % 100}", 1.0)

        MANY = 524
    """,
    "timer": """
        from ml_infra_utils.decorators import Timings, timer

        timings = Timings()

        @timer(record=timings, output=None)
        def count():
            pass

        count()

        def counted():
            return timings["count"].count - 1

        def begin_something_new():
            timings.observe(f"load {len(timings) % 100}", 1.0)
    """,
    "deposits": """
        from ml_infra_utils.decorators import RetryBudget

        budget = RetryBudget(ratio=1, capacity=80_000)
        while budget.withdraw():
            pass
        count = budget.deposit

        def counted():
            return int(budget.tokens)

        def begin_something_new():
            pass

        MANY = 76
    """,
    "withdrawals": """
        from ml_infra_utils.decorators import RetryBudget

        budget = RetryBudget(ratio=0, capacity=1e6)

        def count():
            assert budget.withdraw()

        def counted():
            return int(1e6 - budget.tokens)

        def begin_something_new():
            pass

        MANY = 76
    """,
    "breaker": """
        from ml_infra_utils.decorators import CircuitBreaker

        breaker = CircuitBreaker(window=1e9, min_calls=10**9)

        def count():
            assert breaker.admits()
            breaker.count(has_failed=True)

        def counted():
            return breaker.calls

        def begin_something_new():
            pass

        MANY = 20
    """,
    "statistics": """
        from ml_infra_utils.decorators import retry

        @retry(max_attempts=1, output=None, fallback=None)
        def count():
            raise ConnectionError

        def counted():
            return count.retry.statistics.give_ups

        def begin_something_new():
            pass
    """,
}

each_counter = pytest.mark.parametrize("counter", COUNTERS)
each_ledger = pytest.mark.parametrize("counter", ["timings", "deposits", "withdrawals", "breaker"])


def run(counter: str, *scripts: str) -> None:
    run_alone(COUNTERS[counter], *scripts)


def run_alone(*scripts: str) -> None:
    code = "".join(map(textwrap.dedent, scripts))
    done = subprocess.run(
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", code],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert (0, "") == (done.returncode, done.stdout), done.stdout


@each_counter
def test_destructors_count_while_others_count(counter):
    run(
        counter,
        """
        import gc

        class Cycle:
            def __init__(self):
                self.itself = self

            def __del__(self):
                count()
                counted()

        gc.set_threshold(1)
        for _ in range(1_000):
            cycles = [Cycle() for _ in range(3)]
            del cycles
            begin_something_new()
            count()
            counted()
        gc.collect()
        assert 4_000 == counted(), counted()
        """,
    )


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
@each_counter
def test_signal_handlers_count_while_others_count(counter):
    run(
        counter,
        """
        import signal

        handled = 0

        def handle(*_):
            global handled
            handled += 1
            count()
            counted()
            if not is_over:
                signal.setitimer(signal.ITIMER_REAL, 300e-6)

        is_over = False
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 300e-6)
        for _ in range(5_000):
            count()
        while handled < 1_000:
            counted()
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert 5_000 + handled == counted(), (handled, counted())
        """,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@each_counter
def test_forked_children_count_while_threads_count(counter):
    run(
        counter,
        """
        import os, sys, threading, time

        sys.setswitchinterval(1e-5)
        over = threading.Event()
        numbers = [0, 0]

        def work(place):
            while not over.is_set() and numbers[place] < 3_000:
                count()
                numbers[place] += 1

        def child():
            before = counted()
            for _ in range(1_000):
                count()
            os._exit(0 if counted() == before + 1_000 else 1)

        threads = [threading.Thread(target=work, args=(place,)) for place in (0, 1)]
        for thread in threads:
            thread.start()
        children = []
        for _ in range(30):
            pid = os.fork()
            if pid == 0:
                child()
            children.append(pid)
            time.sleep(0.001)
        codes = [os.waitpid(pid, 0)[1] for pid in children]
        over.set()
        for thread in threads:
            thread.join()
        assert [0] * 30 == codes, codes
        assert sum(numbers) == counted(), (numbers, counted())
        """,
    )


# Stop at each line of ours in turn and do something else there, as a signal handler or another
# thread may.
AT_EACH_LINE = """
    import sys, tracemalloc
    import ml_infra_utils.decorators

    folder = ml_infra_utils.decorators.__path__[0]
    done = 0

    def count_many():
        global done
        for _ in range(MANY):
            count()
            done += 1

    def see():
        before = done
        seen.append((before, counted()))

    def traced(operation, reach):
        # Run the operation, and tell of each line of ours before it runs.

        def trace(frame, event, argument):
            if not frame.f_code.co_filename.startswith(folder):
                return None
            reach((frame.f_code, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            operation()
        finally:
            sys.settrace(None)

    def lines_of(operation):
        operation()  # once for what comes at the beginning only
        lines = {}
        traced(operation, lambda line: lines.setdefault(line))
        return lines

    def interrupted(operation, line, interruption):
        def reach(reached):
            if reached == line:
                sys.settrace(None)
                interruption()

        traced(operation, reach)

    def bytes_of_many_counts():
        tracemalloc.start()
        for _ in range(4):
            count_many()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    seen = []
"""


@each_ledger
def test_counting_is_exact_wherever_another_counts(counter):
    run(
        counter,
        AT_EACH_LINE,
        """
        for line in lines_of(count_many):
            interrupted(count_many, line, count_many)
            assert done == counted(), (line, done, counted())
        """,
    )


@each_ledger
def test_reading_is_exact_wherever_another_counts(counter):
    run(
        counter,
        AT_EACH_LINE,
        """
        count_many()
        for line in lines_of(see):
            for _ in range(MANY - 12):  # entries that are folded in just while they are read
                count()
            done += MANY - 12
            interrupted(see, line, count_many)
            (before, counts), *_ = seen
            seen.clear()
            assert before <= counts <= done, (line, before, counts, done)
        """,
    )


@each_ledger
def test_reading_is_exact_wherever_it_interrupts_counting(counter):
    run(
        counter,
        AT_EACH_LINE,
        """
        for line in lines_of(count_many):
            interrupted(count_many, line, see)
            (before, counts), *_ = seen
            seen.clear()
            assert before <= counts <= before + 1, (line, before, counts)
        """,
    )


@each_ledger
def test_counting_that_is_interrupted_by_an_error_counts_once_or_not_at_all(counter):
    run(
        counter,
        AT_EACH_LINE,
        """
        class Interruption(BaseException):
            pass

        def interrupt():
            raise Interruption

        for line in lines_of(count_many):
            before = counted()
            start = done
            try:
                interrupted(count_many, line, interrupt)
            except Interruption:
                pass
            count_many()
            new = counted() - before
            assert done - start <= new <= done - start + 1, (line, new, done - start)
        assert bytes_of_many_counts() < 90_000
        """,
    )


@pytest.mark.parametrize("other", ["count_many", "see", "lambda: (count_many(), see())"])
def test_taking_is_exact_wherever_another_counts_or_takes(other):
    run(
        "taken",
        AT_EACH_LINE,
        f"""
        count_many()
        for line in lines_of(see):
            for _ in range(MANY - 12):  # entries that are folded in just while they are taken
                count()
            done += MANY - 12
            interrupted(see, line, {other})
            assert done == counted(), (line, done, counted())
        """,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@each_ledger
def test_a_child_that_is_forked_while_others_count_counts_in_little_memory(counter):
    run(
        counter,
        AT_EACH_LINE,
        """
        import os

        def fork():
            pid = os.fork()
            if pid == 0:
                start = counted()
                grown = bytes_of_many_counts()
                os._exit(0 if counted() == start + 4 * MANY and grown < 90_000 else 1)
            codes.append(os.waitpid(pid, 0)[1])

        codes = []
        for line in lines_of(count_many):
            interrupted(count_many, line, fork)
            assert [0] == codes, line
            codes.clear()
        """,
    )


def test_a_breaker_opens_and_closes_wherever_an_error_interrupted_it():
    run_alone(
        AT_EACH_LINE,
        """
        from ml_infra_utils.decorators import CircuitBreaker
        from ml_infra_utils.decorators.testing import VirtualClock

        class Interruption(BaseException):
            pass

        def interrupt():
            raise Interruption

        def open_and_close():
            breaker.count(has_failed=True)
            breaker.count(has_failed=True)
            clock.advance(60)
            breaker.admits()
            breaker.count(has_failed=False)

        with VirtualClock() as clock:
            breaker = CircuitBreaker(min_calls=2)
            for line in lines_of(open_and_close):
                breaker = CircuitBreaker(min_calls=2)
                try:
                    interrupted(open_and_close, line, interrupt)
                except Interruption:
                    pass
                if breaker.position == "closed":
                    assert breaker.admits(), line
                    breaker.count(has_failed=True)
                    breaker.count(has_failed=True)
                    assert not breaker.admits(), line
                clock.advance(60)
                assert breaker.admits(), line
                breaker.count(has_failed=False)
                assert "closed" == breaker.position, line
        """,
    )


def test_no_deadline_and_no_warning_is_left_wherever_an_error_interrupted_its_call():
    run_alone(
        AT_EACH_LINE,
        """
        import gc
        from ml_infra_utils.decorators import remaining, retry, retrying

        gc.disable()  # so that all that is new is in the youngest generation
        options = {"max_attempts": 2, "delay": 0, "timeout": 60, "output": None}

        class Interruption(BaseException):
            pass

        def interrupt():
            raise Interruption

        def call():
            outcomes = [1, 0]

            @retry(**options)
            def load():
                return 1 / outcomes.pop()

            load()

        def block():
            outcomes = [1, 0]
            for attempt in retrying(**options):
                with attempt:
                    1 / outcomes.pop()

        def generator():
            outcomes = [1, 0]

            @retry(**options)
            def load():
                yield 1 / outcomes.pop()

            list(load())

        def drive(coroutine):
            try:
                while True:
                    coroutine.send(None)
            except StopIteration:
                pass

        def coroutine():
            outcomes = [1, 0]

            @retry(**options)
            async def load():
                return 1 / outcomes.pop()

            drive(load())

        def coroutine_block():
            async def work():
                outcomes = [1, 0]
                async for attempt in retrying(**options):
                    async with attempt:
                        1 / outcomes.pop()

            drive(work())

        for operation in (call, block, generator, coroutine, coroutine_block):
            for line in lines_of(operation):
                try:
                    interrupted(operation, line, interrupt)
                except Interruption:
                    pass
                gc.collect(0)  # an error and the frame that holds it are a cycle
                assert remaining() is None, line
        """,
    )


def test_a_virtual_clock_goes_on_wherever_a_longer_wait_interrupts_another():
    run_alone(
        AT_EACH_LINE,
        """
        from ml_infra_utils.decorators.testing import VirtualClock

        def wait():
            clock.sleep(1)

        clock = VirtualClock()
        for line in lines_of(wait):
            start = clock.now()
            interrupted(wait, line, lambda: clock.sleep(2))
            assert 2 <= clock.now() - start <= 3, (line, clock.now() - start)
        """,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_is_forked_while_a_thread_waits_does_not_wait_for_that():
    run_alone(
        """
        import os, threading
        from ml_infra_utils.decorators.testing import VirtualClock

        clock = VirtualClock()
        thread = threading.Thread(target=clock.sleep, args=(1,))
        thread.start()
        while not clock.waits:
            pass
        pid = os.fork()
        if pid == 0:
            clock.sleep(5)
            os._exit(int(clock.now()))
        thread.join()
        assert 5 == os.waitpid(pid, 0)[1] >> 8
        """,
    )
