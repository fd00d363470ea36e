"""Ready hooks for `instrument`, for what a platform watches its processes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.decorators._checks import type_error
from ml_infra_utils.decorators._lines import LINES, lines_to
from ml_infra_utils.decorators._output import check_output

if TYPE_CHECKING:
    from typing import Any, Callable

    from ml_infra_utils.decorators._output import Logger

__all__ = ["logging_hook", "opentelemetry_hook", "prometheus_hook"]

COUNTED = {
    "retry": ("retries", "Attempts that failed and were made again."),
    "success": ("recoveries", "Calls that succeeded after a retry."),
    "give_up": ("give_ups", "Calls that failed for good."),
    "breaker": ("breaker_changes", "Circuit breakers that opened or closed."),
}
"""The counter of each event, and what it counts."""

WAITED = "Seconds waited before retries."


def logging_hook(logger: Logger | None = None) -> Callable[[Any], None]:
    """Return a hook that gives each retry and each end to a logger, with fields.

    Parameters
    ----------
    logger : logger, optional
        Of the standard library (by default ``ml_infra_utils.decorators``), an adapter, or a
        structured logger.

    Returns
    -------
    callable
        For `instrument`. Functions that print, or write to the same logger, need ``output=None``
        then, not to tell twice.

    Raises
    ------
    TypeError
        If `logger` is no logger.

    Examples
    --------
    >>> from ml_infra_utils.decorators import instrument
    >>> with instrument(logging_hook()):
    ...     pass  # the work of the process
    """
    if logger is None:
        import logging

        logger = logging.getLogger("ml_infra_utils.decorators")
    check_output(logger)
    write = lines_to(logger)
    return lambda state: write(state) if state.event in LINES else None


def prometheus_hook(registry: Any = None, *, prefix: str = "ml_infra") -> Callable[[Any], None]:
    """Return a hook that counts events and sums up waits in metrics of prometheus-client.

    Parameters
    ----------
    registry : prometheus_client.CollectorRegistry, optional
        Where the metrics are registered; by default that of prometheus-client.
    prefix : str
        What the names of the metrics begin with.

    Returns
    -------
    callable
        For `instrument`. The metrics are ``<prefix>_retries_total``, ``_recoveries_total``,
        ``_give_ups_total``, ``_breaker_changes_total`` and ``_retry_wait_seconds_total``, by
        ``name``.

    Raises
    ------
    ModuleNotFoundError
        If prometheus-client is not installed.
    TypeError
        If `registry` is no registry.
    ValueError
        If `registry` has metrics of these names already, as from an earlier call: make one hook a
        process, or give another `prefix`.
    """
    from prometheus_client import REGISTRY, Counter

    registry = REGISTRY if registry is None else registry
    if isinstance(registry, type) or not hasattr(registry, "register"):
        raise type_error("registry", "a CollectorRegistry", registry)
    counters = {
        event: Counter(f"{prefix}_{name}", what, ["name"], registry=registry)
        for event, (name, what) in COUNTED.items()
    }
    waited = Counter(f"{prefix}_retry_wait_seconds", WAITED, ["name"], registry=registry)

    return _adding(
        lambda event, name: counters[event].labels(name).inc(),
        lambda seconds, name: waited.labels(name).inc(seconds),
    )


def opentelemetry_hook(meter: Any = None, *, prefix: str = "ml_infra") -> Callable[[Any], None]:
    """Return a hook that counts events and sums up waits in metrics of OpenTelemetry.

    Parameters
    ----------
    meter : opentelemetry.metrics.Meter, optional
        What makes the counters; by default the meter ``ml_infra_utils.decorators`` of the
        provider that is set.
    prefix : str
        What the names of the counters begin with.

    Returns
    -------
    callable
        For `instrument`. The counters are ``<prefix>.retries``, ``.recoveries``, ``.give_ups``,
        ``.breaker_changes`` and ``.retry_wait`` in seconds, by ``name``.

    Raises
    ------
    ModuleNotFoundError
        If opentelemetry-api is not installed.
    TypeError
        If `meter` is no meter.
    """
    if meter is None:
        from opentelemetry.metrics import get_meter

        meter = get_meter("ml_infra_utils.decorators")
    if isinstance(meter, type) or not hasattr(meter, "create_counter"):
        raise type_error("meter", "a Meter of OpenTelemetry", meter)
    counters = {
        event: meter.create_counter(f"{prefix}.{name}", description=what)
        for event, (name, what) in COUNTED.items()
    }
    waited = meter.create_counter(f"{prefix}.retry_wait", unit="s", description=WAITED)

    return _adding(
        lambda event, name: counters[event].add(1, {"name": name}),
        lambda seconds, name: waited.add(seconds, {"name": name}),
    )


def _adding(
    count: Callable[[str, str], None], wait: Callable[[float, str], None]
) -> Callable[[Any], None]:
    def hear(state: Any) -> None:
        if state.event in COUNTED:
            count(state.event, state.name)
        if state.event == "retry":
            wait(state.wait, state.name)

    return hear
