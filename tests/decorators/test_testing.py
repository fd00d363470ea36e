"""no_waits, VirtualClock, simulate and its command line: nothing here takes time."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.decorators import RetryPolicy, Timings, remaining, retry, timer
from ml_infra_utils.decorators.__main__ import main
from ml_infra_utils.decorators.__main__ import retry as simulate_command
from ml_infra_utils.decorators.__main__ import timings as timings_command
from ml_infra_utils.decorators.testing import VirtualClock, no_waits, simulate


def down():
    raise ConnectionError("down")


# The clock of the machine


@pytest.mark.usefixtures("system_clock")
def test_real_waits_take_their_time():
    start = time.perf_counter()
    with pytest.raises(ConnectionError):
        retry(delay=0.002)(down)()
    assert 0.006 <= time.perf_counter() - start


@pytest.mark.usefixtures("system_clock")
def test_real_waits_of_a_task_let_others_run():
    events = []

    @retry(max_attempts=2, delay=0.002, output=None)
    async def load():
        events.append("attempt")
        raise ConnectionError

    async def other():
        events.append("other")

    async def both():
        await asyncio.gather(load(), other(), return_exceptions=True)

    asyncio.run(both())
    assert ["attempt", "other", "attempt"] == events


# no_waits


def test_no_waits_skips_the_waits_and_lists_them(capsys):
    with no_waits() as waits, pytest.raises(ConnectionError):
        retry(delay=3600)(down)()
    assert [3600.0, 7200.0] == waits
    assert "Retrying in 3600.00 seconds" in capsys.readouterr().out


def test_no_waits_skips_the_waits_of_tasks():
    async def load():
        raise ConnectionError

    with no_waits() as waits, pytest.raises(ConnectionError):
        asyncio.run(retry(delay=3600)(load)())
    assert [3600.0, 7200.0] == waits


def test_time_goes_on_without_waits():
    with no_waits():
        assert 0 < retry(timeout=60)(remaining)() <= 60


def test_after_no_waits_the_clock_is_as_before(clock):
    with no_waits():
        pass
    assert 9.0 == retry(timeout=9)(remaining)()
    with pytest.raises(ConnectionError):
        retry(output=None)(down)()
    assert [1.0, 2.0] == clock.waits


def test_the_fixture_of_pytest_does_the_same(no_waits):
    with pytest.raises(ConnectionError):
        retry(delay=3600)(down)()
    assert [3600.0, 7200.0] == no_waits


def test_without_pytest_nothing_of_the_plugin_is_loaded():
    code = (
        "import sys; from ml_infra_utils.decorators import retry, timer; timer(retry(len));"
        "print('pytest' in sys.modules, 'ml_infra_utils.decorators._pytest_plugin' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert ["False", "False"] == printed.split()


# VirtualClock


def test_a_virtual_clock_passes_only_as_told(capsys):
    @retry(max_attempts=3)
    @timer
    def load():
        clock.advance(2.5)
        raise ConnectionError

    with VirtualClock() as clock, pytest.raises(ConnectionError):
        load()
    assert [1.0, 2.0] == clock.waits
    assert 10.5 == clock.now()
    assert "load took 2.5000 seconds and raised" in capsys.readouterr().out


def test_virtual_clocks_nest():
    with VirtualClock() as outer:
        with VirtualClock() as inner, pytest.raises(ConnectionError):
            retry(2, output=None)(down)()
        with pytest.raises(ConnectionError):
            retry(output=None)(down)()
    assert ([1.0], [1.0, 2.0]) == (inner.waits, outer.waits)


# simulate


def test_the_schedule_is_exact():
    simulation = simulate(RetryPolicy(4, 0.5), attempt_seconds=0.25)

    assert [
        (1, 0.0, 0.25, 0.5),
        (2, 0.75, 1.0, 1.0),
        (3, 2.0, 2.25, 2.0),
        (4, 4.25, 4.5, None),
    ] == [(step.number, step.start, step.end, step.wait) for step in simulation.steps]
    assert (0.5, 1.0, 2.0) == simulation.waits
    assert 4.5 == simulation.total == simulation.worst_case


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], ["fails"] * 3),
        (["ok"], ["succeeds"]),
        ([OSError, "ok"], ["raises OSError", "succeeds"]),
        ([OSError("x"), KeyError()], ["raises OSError", "raises KeyError"]),
        ([OSError()], ["raises OSError"] * 3),
        ([KeyboardInterrupt], ["raises KeyboardInterrupt"]),
    ],
)
def test_outcomes_decide_how_far_it_goes(outcomes, expected):
    simulation = simulate(RetryPolicy(exceptions=OSError), outcomes)
    assert expected == [step.outcome for step in simulation.steps]


def test_outcomes_are_left_as_they_are():
    error = OSError()
    simulate(RetryPolicy(), [error])
    assert not hasattr(error, "__notes__")


def test_an_outcome_may_ask_for_a_wait():
    busy = type("Busy", (Exception,), {"retry_after": 30})
    step = simulate(RetryPolicy(retry_after=40), [busy, "ok"]).steps[0]
    assert (30.0, 30.0, 30.0) == (step.wait, step.shortest, step.longest)


def test_an_outcome_that_asks_for_too_long_a_wait_is_the_last():
    busy = type("Busy", (Exception,), {"retry_after": 30})
    assert [None] == [step.wait for step in simulate(RetryPolicy(retry_after=20), [busy]).steps]


@given(
    policy=st.builds(
        RetryPolicy,
        max_attempts=st.integers(1, 8),
        delay=st.floats(0, 10),
        jitter=st.sampled_from([None, "full", "equal", "decorrelated"]),
        seed=st.integers(),
        timeout=st.none() | st.floats(0, 60),
    ),
    attempt_seconds=st.floats(0, 5),
)
def test_it_is_what_a_real_retry_does(policy, attempt_seconds):
    simulation = simulate(policy, attempt_seconds=attempt_seconds)

    @retry(policy, output=None)
    def load():
        clock.advance(attempt_seconds)
        raise ConnectionError

    with VirtualClock() as clock, pytest.raises(ConnectionError):
        load()
    assert list(simulation.waits) == clock.waits
    assert simulation.total == clock.now()
    assert simulation.total <= simulation.worst_case + 1e-9
    assert len(simulation.steps) <= simulation.most_attempts


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RetryPolicy(4), 7.0 + 4),
        (RetryPolicy(4, jitter="full"), 7.0 + 4),
        (RetryPolicy(4, jitter="decorrelated"), 3.0 + 9.0 + 27.0 + 4),
        (RetryPolicy(4, timeout=5), 3.0),  # the wait after it would end at the deadline
        (RetryPolicy(4, jitter="full", timeout=5), 5.0 + 1),
        (RetryPolicy(3, retry_after=60), 120.0 + 3),
    ],
)
def test_the_worst_case_counts_waits_attempts_and_deadline(policy, expected):
    assert expected == simulate(policy, ["ok"], attempt_seconds=1).worst_case


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RetryPolicy(8), 8),
        (RetryPolicy(8, timeout=8), 3),  # at 0, 2 and 5; the next wait would end at 10
        (RetryPolicy(8, jitter="equal", timeout=8), 4),  # at 0, 1.5, 3.5 and 6.5
        (RetryPolicy(8, jitter="full", timeout=8), 8),  # a second each, without waits
        (RetryPolicy(8, jitter="full", timeout=7.5), 8),
        (RetryPolicy(8, jitter="full", timeout=7), 7),
        (RetryPolicy(8, retry_after=60, timeout=8), 3),
    ],
)
def test_the_most_attempts_come_of_the_shortest_waits(policy, expected):
    assert expected == simulate(policy, ["ok"], attempt_seconds=1).most_attempts


@pytest.mark.parametrize(("rate", "expected"), [(0, 1.0), (0.5, 1.75), (1, 3.0)])
def test_the_expected_load_is_the_mean_number_of_attempts(rate, expected):
    assert expected == simulate(RetryPolicy(3)).expected_load(rate)


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_failure_rate_is_a_probability(rate):
    with pytest.raises(ValueError, match="failure_rate must be between 0 and 1"):
        simulate(RetryPolicy()).expected_load(rate)


def test_a_deadline_around_it_does_not_matter():
    outer = retry(timeout=0.5)(lambda: simulate(RetryPolicy(3)))
    assert 3 == len(outer().steps)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), TypeError, "policy must be a RetryPolicy, got 3"),
        ((RetryPolicy(), [], -1), TypeError, "positional"),
    ],
)
def test_what_cannot_be_simulated_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate(*arguments)


def test_a_negative_duration_is_refused():
    with pytest.raises(ValueError, match="attempt_seconds must be finite and not negative"):
        simulate(RetryPolicy(), attempt_seconds=-1)


# The command line


def test_the_command_prints_a_table_with_a_plot(capsys):
    command = "simulate --max-attempts 3 --delay 0.5 --attempt-seconds 0.5"
    assert 0 == main(command.split())
    assert [
        "attempt  starts at  outcome  then waits        between",
        "      1     0.00 s    fails      0.50 s  0.50 - 0.50 s  *****-----",
        "      2     1.00 s    fails      1.00 s  1.00 - 1.00 s            *****----------",
        "      3     2.50 s    fails                                                      *****",
        "",
        "total       3.00 s",
        "worst case  3.00 s",
        (
            "load        attempts a call by failure rate: "
            "1.01 at 1%, 1.11 at 10%, 1.75 at 50%, 3.00 at 100%"
        ),
    ] == capsys.readouterr().out.splitlines()


def test_the_command_knows_every_argument_of_a_policy(capsys):
    command = (
        "simulate --max-attempts 6 --delay 0.5 --backoff 2 --jitter full --seed 1 --max-delay 3 "
        "--timeout 9 --retry-after 4"
    )
    policy = RetryPolicy(6, 0.5, 2, jitter="full", seed=1, max_delay=3, timeout=9, retry_after=4)
    main(command.split())
    assert f"{simulate(policy)}\n" == capsys.readouterr().out


def test_the_command_reads_a_policy(tmp_path, capsys):
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"max_attempts": 7, "delay": 0.1}), encoding="utf-8")
    main(["simulate", "--policy", str(file), "--delay", "0.2"])
    assert f"{simulate(RetryPolicy(7, 0.2))}\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-attempts", "0"], "error: max_attempts must be at least 1, got 0 (int)"),
        (["--delay", "nan"], "error: delay must be finite and not negative, got nan"),
        (["--jitter", "some"], "invalid choice: 'some'"),
        (["--policy", "no-such-file"], "No such file or directory"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["simulate", *arguments])
    assert 2 == stop.value.code
    assert message in capsys.readouterr().err


def test_the_module_is_a_command():
    printed = subprocess.run(
        [sys.executable, "-m", "ml_infra_utils.decorators", "simulate", "--max-attempts", "1"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert "worst case  0.00 s" in printed


# Several at once


def failing(delay, attempts):
    """Return a coroutine function whose retries wait so long, and so often."""

    @retry(max_attempts=attempts, delay=delay, backoff=1, output=None)
    async def call():
        raise ConnectionError

    return call


@pytest.mark.parametrize("order", [(7, 5, 2), (2, 5, 7), (5, 7, 2)])
def test_tasks_that_wait_at_once_end_when_the_longest_does(clock, order):
    ends = {}

    async def run(delay):
        with pytest.raises(ConnectionError):
            await failing(delay, 3)()
        ends[delay] = clock.now()

    async def main():
        await asyncio.gather(*map(run, order))

    asyncio.run(main())
    assert {2: 4.0, 5: 10.0, 7: 14.0} == ends
    assert [2, 5, 7] == list(ends)
    assert 14.0 == clock.now()


def test_tasks_of_trio_end_when_the_longest_does(clock):
    ends = {}

    async def run(delay):
        with pytest.raises(ConnectionError):
            await failing(delay, 3)()
        ends[delay] = clock.now()

    async def main():
        async with trio.open_nursery() as nursery:
            for delay in (7, 2, 5):
                nursery.start_soon(run, delay)

    trio.run(main)
    assert {2: 4.0, 5: 10.0, 7: 14.0} == ends


def test_threads_that_wait_at_once_end_when_the_longest_does(clock):
    ends = {}

    def run(delay):
        with pytest.raises(ConnectionError):
            retry(max_attempts=3, delay=delay, backoff=1, output=None)(down)()
        ends[delay] = clock.now()

    threads = [threading.Thread(target=run, args=(delay,)) for delay in (7, 2, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {2: 4.0, 5: 10.0, 7: 14.0} == ends
    assert 14.0 == clock.now()


def test_a_wait_that_blocks_the_event_loop_is_over_before_those_of_its_tasks(clock):
    async def block():
        await asyncio.sleep(0)
        clock.sleep(20)
        return clock.now()

    async def wait(seconds):
        await clock.sleep_async(seconds)
        return clock.now()

    async def both():
        return await asyncio.gather(wait(10), block(), wait(30))

    assert [20, 20, 30] == asyncio.run(both())


def test_work_between_the_waits_of_others_takes_no_time(clock):
    seen = []

    async def work():
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append(clock.now())

    async def main():
        await asyncio.gather(failing(3, 2)(), work(), return_exceptions=True)

    asyncio.run(main())
    assert [0.0] == seen
    assert 3.0 == clock.now()


def test_a_wait_that_is_cancelled_takes_no_time(clock):
    async def main():
        task = asyncio.create_task(failing(60, 2)())
        other = asyncio.create_task(failing(3, 2)())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, other, return_exceptions=True)

    asyncio.run(main())
    assert 3.0 == clock.now()


def test_waits_carry_the_name_of_what_waited(clock):
    async def main():
        calls = [retry(2, delay, output=None, name=f"load {delay}")(down_async) for delay in (2, 1)]
        await asyncio.gather(*(call() for call in calls), return_exceptions=True)

    async def down_async():
        raise ConnectionError

    asyncio.run(main())
    assert [(2.0, "load 2"), (1.0, "load 1")] == [(wait, wait.name) for wait in clock.waits]


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(-1, ValueError), (float("nan"), ValueError), (float("inf"), ValueError), ("1", TypeError)],
)
def test_time_does_not_pass_backwards(seconds, error):
    with pytest.raises(error, match="seconds must be"):
        VirtualClock().advance(seconds)


def test_a_loop_that_cannot_be_simulated_is_refused(clock):
    class Loop(asyncio.SelectorEventLoop):
        """As those of other libraries, it does not say what is ready."""

        def __getattribute__(self, name):
            if name == "_ready" and hidden:
                raise AttributeError(name)
            return super().__getattribute__(name)

    async def main():
        hidden.append(1)
        try:
            await clock.sleep_async(1)
        finally:
            hidden.clear()

    hidden = []
    loop = Loop()
    try:
        with pytest.raises(RuntimeError, match="the event loop must be one of asyncio"):
            loop.run_until_complete(main())
    finally:
        loop.close()


def test_the_fixture_is_the_clock(virtual_clock):
    with pytest.raises(ConnectionError):
        retry(delay=3600, output=None)(down)()
    assert 10_800.0 == virtual_clock.now()


@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_without_waits_a_policy_that_only_time_bounds_ends(kind):
    calls = []

    @retry(max_attempts=None, timeout=60, delay=10, backoff=1, output=None)
    def load():
        calls.append(1)
        raise ConnectionError

    @retry(max_attempts=None, timeout=60, delay=10, backoff=1, output=None)
    async def load_async():
        load.__wrapped__()

    with no_waits() as waits, pytest.raises(ConnectionError):
        load() if kind == "function" else asyncio.run(load_async())
    assert [10.0] * 5 == waits
    assert 6 == len(calls)


# In place of the time of the machine


def test_the_code_under_test_follows_if_asked():
    real = time.monotonic
    with VirtualClock(patch=True) as clock:
        start = time.monotonic()
        time.sleep(3600)
        assert 3600.0 == time.monotonic() - start == clock.now()
        assert [3600.0] == clock.waits
    assert real is time.monotonic


def test_retries_that_only_time_would_end_are_an_error_where_no_time_passes(flaky):
    endless = retry(None, timeout=5, delay=0, output=None)(flaky(OSError()))

    with VirtualClock(), pytest.raises(RuntimeError, match="give a delay or max_attempts, or call"):
        endless()


def test_event_loops_follow_if_asked():
    async def main():
        loop = asyncio.get_running_loop()
        start = loop.time()
        called = []
        loop.call_later(50, lambda: called.append(loop.time() - start))
        cancelled = loop.call_later(3, called.append)
        cancelled.cancel()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(7200), 600)
        assert [50.0] == called
        return loop.time() - start

    begin = time.perf_counter()
    with VirtualClock(patch=True) as clock:
        assert 600.0 == asyncio.run(main())
        assert 600.0 == clock.now()
    assert time.perf_counter() - begin < 30


def test_a_time_limit_around_retries_follows_if_asked():
    call = failing(10, 100)

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call(), 95)

    with VirtualClock(patch=True) as clock:
        asyncio.run(main())
        assert (95.0, [10.0] * 10) == (clock.now(), clock.waits)


def test_threads_that_were_there_before_keep_their_time():
    seen, go = [], threading.Event()

    def work():
        go.wait()
        start = time.monotonic()
        time.sleep(0.01)
        seen.append(time.monotonic() - start)

    thread = threading.Thread(target=work)
    thread.start()
    with VirtualClock(patch=True) as clock:
        go.set()
        thread.join()
        assert [] == clock.waits
    assert 0.01 <= seen[0]


@pytest.fixture
def documents(tmp_path):
    for number, seconds in enumerate((0.5, 1.5)):
        timings = Timings()
        timings.observe("load", seconds)
        (tmp_path / f"{number}.json").write_text(timings.to_json(), encoding="utf-8")
    return [str(tmp_path / "0.json"), str(tmp_path / "1.json")]


@pytest.mark.parametrize(
    ("form", "show"),
    [
        ("table", str),
        ("json", Timings.to_json),
        ("markdown", Timings.to_markdown),
        ("openmetrics", Timings.to_openmetrics),
    ],
)
def test_the_timings_of_files_are_added_up(form, show, documents, capsys):
    total = sum(Timings.from_json(Path(path).read_text()) for path in documents)
    assert 0 == timings_command([*documents, "--format", form])
    assert f"{show(total)}\n" == capsys.readouterr().out


def test_timings_are_an_annotation_on_github(documents, capsys):
    assert 0 == main(["timings", *documents, "--format", "github"])
    printed = capsys.readouterr().out
    assert printed.startswith("::notice title=timings::name  count")
    assert "%0Aload" in printed


def test_timings_come_from_standard_input_too(documents, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(Path(documents[0]).read_text()))
    assert 0 == main(["timings", "-"])
    assert "load" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory"),
        ("", "text must be JSON, got ''"),
        ('{"schema": "ml-infra/retry-policy/1", "timings": {}}', "must be 'ml-infra/timings/1'"),
    ],
)
def test_what_holds_no_timings_is_told_in_one_line(text, message, tmp_path, capsys):
    path = tmp_path / "timings.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["timings", str(path)])
    assert 2 == stop.value.code
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path}: ")
    assert message in error
    assert 1 == error.count("\n")


def test_an_interrupted_command_says_nothing(monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ml_infra_utils.decorators.__main__.simulate", stop)
    assert 130 == simulate_command(["simulate"])
    assert "" == capsys.readouterr().err
