"""Sentry and OpenTelemetry, as they are, find our fields on the record; nothing is sent."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Iterator

import opentelemetry.sdk._logs.export as exporters
import pytest
import sentry_sdk
from opentelemetry.instrumentation.logging import LoggingInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport

from ml_infra_utils.logging import StructuredLogger, bound, configure

try:
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
except ImportError:
    # On older Pythons: it was the SDK's.
    from opentelemetry.sdk._logs import LoggingHandler

if TYPE_CHECKING:
    from tests.logging.conftest import Lines

# It was called otherwise.
InMemoryExporter = getattr(exporters, "InMemoryLogRecordExporter", None) or (
    exporters.InMemoryLogExporter
)


class Sent(Transport):
    """What Sentry would have sent, by type: ``event`` and ``log``."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[tuple[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.items += [(item.type, item.payload.json) for item in envelope.items]

    def of(self, kind: str) -> list[Any]:
        sentry_sdk.flush()
        return [payload for name, payload in self.items if name == kind]


@pytest.fixture(scope="module")
def sentry() -> Iterator[Sent]:
    """Start Sentry as a program does, once: it hooks into Python at the first time only."""
    call_handlers, hook = logging.Logger.callHandlers, sys.excepthook
    sent = Sent()
    sentry_sdk.init(
        "http://key@localhost/1",
        transport=sent,
        release="tests",
        enable_logs=True,
        default_integrations=False,
        integrations=[LoggingIntegration(), ExcepthookIntegration(), DedupeIntegration()],
    )
    yield sent
    sentry_sdk.get_client().close()
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign] # Sentry's place
    sys.excepthook = hook


@pytest.fixture
def sent(sentry: Sent) -> Sent:
    sentry_sdk.get_isolation_scope().clear()
    sentry.items.clear()
    return sentry


def test_sentry_finds_fields_in_events_breadcrumbs_and_logs(sent: Sent) -> None:
    logger = StructuredLogger("train").bind(fold=2)
    with bound(request_id="r-1"):
        logger.info("before", epoch=2)
        logger.error("lost %s", "all", epoch=3, password="hunter2")
    (event,) = sent.of("event")
    assert "lost all" == event["logentry"]["formatted"]
    bound_ones = {"context": {}, "request_id": "r-1", "fold": 2}
    assert {**bound_ones, "epoch": 3, "password": "[Filtered]"} == event["extra"]
    (breadcrumb,) = event["breadcrumbs"]["values"]
    assert ("before", {**bound_ones, "epoch": 2}) == (breadcrumb["message"], breadcrumb["data"])
    (logs,) = sent.of("log")
    attributes = [item["attributes"] for item in logs["items"]]
    assert [("r-1", 2, 2), ("r-1", 2, 3)] == [
        tuple(each[name]["value"] for name in ("request_id", "fold", "epoch"))
        for each in attributes
    ]


@pytest.mark.parametrize("is_last", [True, False])
def test_uncaught_exception_is_one_event_of_sentry_and_one_line(
    is_last: bool, sent: Sent, lines: Lines
) -> None:
    configure()
    if is_last:
        ExcepthookIntegration.setup_once()
    try:
        raise ValueError("no loss")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert ["no loss"] == [line["exception"]["message"] for line in lines()]
    (event,) = sent.of("event")
    assert ["no loss"] == [each["value"] for each in event["exception"]["values"]]


def test_opentelemetry_exports_fields_as_attributes(lines: Lines) -> None:
    provider, exporter = LoggerProvider(), InMemoryExporter()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = StructuredLogger("train").bind(fold=2)
    logger.logger.addHandler(LoggingHandler(logger_provider=provider))
    tracer = TracerProvider().get_tracer("tests")
    with bound(request_id="r-1"), tracer.start_as_current_span("epoch"):
        logger.info("epoch %d", 3, epoch=3, metrics={"loss": [0.5]})
    provider.shutdown()
    (exported,) = exporter.get_finished_logs()
    record: Any = exported.log_record
    assert "epoch 3" == record.body
    attributes = {
        name: value for name, value in record.attributes.items() if not name.startswith("code.")
    }
    assert [0.5] == list(attributes.pop("metrics")["loss"])
    assert {"request_id": "r-1", "fold": 2, "epoch": 3, "context": {}} == attributes
    (line,) = lines()
    assert (f"{record.trace_id:032x}", f"{record.span_id:016x}") == (
        line["trace_id"],
        line["span_id"],
    )


@pytest.mark.parametrize("is_first", [True, False])
def test_line_keeps_its_fields_beside_those_of_opentelemetrys_instrumentor(
    is_first: bool, lines: Lines
) -> None:
    instrumentor = LoggingInstrumentor()
    if not is_first:
        configure()
    instrumentor.instrument(tracer_provider=TracerProvider(), set_logging_format=True)
    try:
        configure()
        tracer = TracerProvider().get_tracer("tests")
        with bound(request_id="r-1"), tracer.start_as_current_span("epoch"):
            StructuredLogger("train").info("hello", epoch=3)
            logging.getLogger("library").info("hello", extra={"epoch": 3})
    finally:
        instrumentor.uninstrument()
    found = lines()
    assert [("r-1", 3)] * 2 == [(line["request_id"], line["epoch"]) for line in found]
    assert [line["otelTraceID"] for line in found] == [line["trace_id"] for line in found]
