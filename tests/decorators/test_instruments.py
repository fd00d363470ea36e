"""What holds for the whole process: instruments, and a cap on attempts."""

from __future__ import annotations

import logging
import sys
from threading import Thread

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ml_infra_utils.decorators import (
    StopRetrying,
    Timings,
    cap_attempts,
    disable_retries,
    instrument,
    retry,
    retry_on_condition,
)
from ml_infra_utils.decorators.instruments import (
    logging_hook,
    opentelemetry_hook,
    prometheus_hook,
)
from tests.decorators.failing import fail, settle
from tests.decorators.test_forms import FORMS

every_form = pytest.mark.parametrize("form", FORMS)


@every_form
def test_an_instrument_hears_of_all_calls_that_fail(form, flaky):
    seen = []

    with instrument(lambda state: seen.append((state.event, state.attempt_number))):
        form(flaky(ConnectionError(), "ok"))()
        settle(form(flaky(ConnectionError()), max_attempts=1))
        form(flaky("ok"))()
        form(flaky("ok"), timeout=9)()
    form(flaky(ConnectionError(), "ok"))()
    assert [("retry", 1), ("attempt", 2), ("success", 2), ("give_up", 1)] == seen


def test_instruments_are_in_force_until_they_end():
    first, second = [], []

    one = instrument(first.append)
    with instrument(second.append):
        settle(retry(1)(fail))
    settle(retry(1)(fail))
    one.end()
    one.end()
    settle(retry(1)(fail))
    assert (2, 1) == (len(first), len(second))


def test_functions_that_were_decorated_before_are_heard_too():
    seen = []
    load = retry(1, output=None)(fail)

    with instrument(seen.append):
        thread = Thread(target=settle, args=(load,))
        thread.start()
        thread.join()
    assert ["fail"] == [state.name for state in seen]


def test_an_instrument_that_fails_is_told_and_does_no_harm(flaky, capsys):
    with instrument(lambda _: 1 / 0):
        assert 1 == retry(flaky(ConnectionError("x"), 1))()
    assert "Flaky: an instrument raised ZeroDivisionError: " in capsys.readouterr().out


def test_an_instrument_may_stop_retries(flaky):
    def stop(_):
        raise StopRetrying("the process ends")

    with instrument(stop), pytest.raises(ConnectionError) as caught:
        retry(flaky(ConnectionError()))()
    assert caught.value.__notes__[0].endswith("(an instrument stopped it: the process ends)")


async def coroutine_function(_):
    """Nothing could await it."""


@pytest.mark.parametrize("hook", [3, None, coroutine_function])
def test_what_cannot_hear_is_refused(hook):
    with pytest.raises(TypeError, match="hook must be"):
        instrument(hook)


# Ready hooks


def work(flaky):
    retry(name="load")(flaky(ConnectionError("x"), 1))()
    settle(retry(2, name="load", delay=3)(fail))


def test_a_logger_hears_of_every_call(flaky, caplog):
    with instrument(logging_hook()):
        work(flaky)
    assert {"ml_infra_utils.decorators"} == {record.name for record in caplog.records}
    assert [("load", 1), ("load", 1), ("load", 2)] == [
        (record.call_name, record.attempt) for record in caplog.records
    ]
    assert [logging.WARNING, logging.WARNING, logging.ERROR] == [
        record.levelno for record in caplog.records
    ]


def test_a_logger_of_choice_hears_of_every_call(flaky, caplog):
    with instrument(logging_hook(logging.getLogger("jobs"))):
        work(flaky)
    assert {"jobs"} == {record.name for record in caplog.records}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (logging_hook, "output must be a logger"),
        (prometheus_hook, "registry must be a CollectorRegistry"),
        (opentelemetry_hook, "meter must be a Meter of OpenTelemetry"),
    ],
)
@pytest.mark.parametrize("value", [3, logging.Logger])
def test_what_cannot_take_lines_or_counts_is_refused(make, expected, value):
    with pytest.raises(TypeError, match=expected):
        make(value)


def test_prometheus_counts(flaky):
    registry = CollectorRegistry()

    with instrument(prometheus_hook(registry)):
        work(flaky)
    assert {
        "ml_infra_retries_total": 2,
        "ml_infra_recoveries_total": 1,
        "ml_infra_give_ups_total": 1,
        "ml_infra_retry_wait_seconds_total": 4.0,
        "ml_infra_breaker_changes_total": None,
    } == {
        name: registry.get_sample_value(name, {"name": "load"})
        for name in (
            "ml_infra_retries_total",
            "ml_infra_recoveries_total",
            "ml_infra_give_ups_total",
            "ml_infra_retry_wait_seconds_total",
            "ml_infra_breaker_changes_total",
        )
    }


def test_a_registry_takes_one_hook_of_each_prefix():
    registry = CollectorRegistry()
    prometheus_hook(registry)
    prometheus_hook(registry, prefix="jobs")

    with pytest.raises(ValueError, match="ml_infra_retries"):
        prometheus_hook(registry)


def test_opentelemetry_counts(flaky):
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("tests")

    with instrument(opentelemetry_hook(meter, prefix="ours")):
        work(flaky)
    (resource,) = reader.get_metrics_data().resource_metrics
    points = {
        metric.name: (point.value, dict(point.attributes))
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    assert {
        "ours.retries": (2, {"name": "load"}),
        "ours.recoveries": (1, {"name": "load"}),
        "ours.give_ups": (1, {"name": "load"}),
        "ours.retry_wait": (4.0, {"name": "load"}),
    } == points


def test_opentelemetry_has_a_meter_by_default():
    assert callable(opentelemetry_hook())


@pytest.mark.parametrize(
    ("make", "module"),
    [(prometheus_hook, "prometheus_client"), (opentelemetry_hook, "opentelemetry")],
)
def test_what_is_not_installed_is_named(make, module, monkeypatch):
    for name in [name for name in sys.modules if name.startswith(module)]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ModuleNotFoundError, match=module):
        make()


# A cap on attempts


@every_form
def test_retries_are_disabled_for_the_process(form, flaky, waits):
    work = flaky(ConnectionError(), "ok")

    with disable_retries(), pytest.raises(ConnectionError) as caught:
        form(work)()
    assert caught.value.__notes__[0].endswith("first failure (attempts are capped at 1)")
    assert [] == waits
    assert "ok" == form(work)()


def test_the_lowest_cap_holds(waits):
    call = retry(max_attempts=9, delay=1, backoff=1)(fail)

    with cap_attempts(5), cap_attempts(3), cap_attempts(4):
        settle(call)
    assert [1.0] * 2 == waits


def test_a_cap_is_no_more_than_the_policy_allows(waits):
    with cap_attempts(5):
        settle(retry(max_attempts=2)(fail))
    assert [1.0] == waits


def test_a_condition_is_capped_too(flaky, capsys):
    with disable_retries():
        assert None is retry_on_condition(flaky(None, 1))()
    assert "Flaky exhausted 1 attempts (attempts are capped at 1)\n" == capsys.readouterr().out


def test_a_cap_ends_by_hand(flaky):
    cap = cap_attempts(1)
    settle(retry(flaky(ConnectionError())))
    cap.end()
    assert 1 == retry(flaky(ConnectionError(), 1))()


@pytest.mark.parametrize(("most", "error"), [(0, ValueError), (1.5, TypeError), (None, TypeError)])
def test_a_cap_that_makes_no_sense_is_refused(most, error):
    with pytest.raises(error, match="most must be"):
        cap_attempts(most)


# OpenMetrics


def test_timings_are_openmetrics_that_prometheus_reads():
    timings = Timings()
    for seconds in (0.5, 1.0, 1.5):
        timings.observe('a "name"\nof \\two lines', seconds)
    timings.observe("load", 2.0)

    families = {f.name: f for f in text_string_to_metric_families(timings.to_openmetrics("job"))}
    assert ["job_seconds", "job_min_seconds", "job_max_seconds"] == list(families)
    summary = families["job_seconds"]
    assert ("summary", "seconds") == (summary.type, summary.unit)
    named = [s for s in summary.samples if s.labels["name"] == 'a "name"\nof \\two lines']
    assert {"job_seconds_sum": 3.0, "job_seconds_count": 3.0} == {
        s.name: s.value for s in named if "quantile" not in s.labels
    }
    assert {"0.5": 1.0, "0.95": 1.5, "0.99": 1.5} == pytest.approx(
        {s.labels["quantile"]: s.value for s in named if "quantile" in s.labels}, rel=0.01
    )
    assert [0.5, 2.0] == [s.value for s in families["job_min_seconds"].samples]
    assert [1.5, 2.0] == [s.value for s in families["job_max_seconds"].samples]


def test_no_timings_are_openmetrics_too():
    text = Timings().to_openmetrics()
    assert all(not f.samples for f in text_string_to_metric_families(text))


@pytest.mark.parametrize("prefix", ["", "1a", "a b", "a-b", None])
def test_a_prefix_that_is_no_name_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix must be the name of a metric"):
        Timings().to_openmetrics(prefix)
