"""A call, a breaker or a clock that is interrupted at any moment leaves nothing behind."""

from __future__ import annotations

import os

import pytest

from tests.decorators.interrupting import AT_EACH_LINE, run_alone


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
            start = clock.now()  # 1 if the thread has ended its wait meanwhile
            clock.sleep(5)
            os._exit(int(clock.now() - start))
        thread.join()
        assert 5 == os.waitpid(pid, 0)[1] >> 8
        """,
    )
