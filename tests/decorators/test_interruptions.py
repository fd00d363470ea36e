"""What accumulates may be entered at any moment: nothing hangs, and no count is lost.

Each script runs in a process of its own with a limit of time, so that a hang is a failure.
"""

from __future__ import annotations

import os
import signal

import pytest

from tests.decorators.interrupting import AT_EACH_LINE, run_alone

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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_workers_of_a_pool_that_send_what_they_take_are_counted_once():
    run_alone(
        """
        from multiprocessing import get_context
        from ml_infra_utils.decorators import Timings

        stages = Timings()
        stages.observe("load", 1.0)  # in the parent, of which each worker is forked

        def work(seconds):
            stages.observe("load", seconds)
            return stages.take()

        with get_context("fork").Pool(2, initializer=stages.take) as pool:
            parts = pool.map(work, range(20), chunksize=1)
        assert (1, 20) == (stages["load"].count, sum(parts)["load"].count)
        """
    )
