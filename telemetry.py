"""Observability shared by every process: the correlation id, JSON logs and traces.

Traces use OpenTelemetry and are off unless `DM_OTLP_ENDPOINT` or `DM_TRACE_FILE` is set. A span's
context travels as W3C `traceparent`: in the event's envelope through outbox and Kafka, and in
NOTIFY to the live stream. One trace therefore covers the form, the relay, the agents and the push.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple

import uuid_utils
from opentelemetry import propagate, trace

from settings import settings

correlation: ContextVar[str] = ContextVar("correlation_id", default="")


class HttpRequest(NamedTuple):
    """The HTTP request that is being answered: its correlation id, `POST /path`, and its start.

    `started` is of time.perf_counter.
    """

    correlation: str
    line: str
    started: float


http_request: ContextVar[HttpRequest | None] = ContextVar("http_request", default=None)
_SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_tracer: trace.Tracer | None = None


@contextmanager
def span(
    name: str, *, traceparent: str | None = None, kind: str = "internal", **attributes: Any
) -> Iterator[trace.Span]:
    """Open a span in the current trace, or in the trace of `traceparent` if given.

    `kind` is internal, server, client, producer or consumer. Attributes are plain values; `_` in
    their names is written as `.`. An exception marks the span as failed and is raised on. Costs
    nothing while tracing is off.
    """
    if _tracer is None:
        yield trace.INVALID_SPAN
        return
    parent = propagate.extract({"traceparent": traceparent}) if traceparent else None
    named = {key.replace("_", "."): value for key, value in attributes.items() if value is not None}
    if id_ := correlation.get():
        named.setdefault("correlation.id", id_)
    with _tracer.start_as_current_span(
        name, parent, trace.SpanKind[kind.upper()], named
    ) as current:
        yield current


def current_traceparent() -> str | None:
    """Return the W3C trace context to hand to another process, or None outside a trace."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def configure_tracing(process: str) -> None:
    """Start tracing in this process if the settings ask for it. Call once, after any fork."""
    global _tracer
    config = settings()
    if not (config.otlp_endpoint or config.trace_file):
        return
    # Imported late: the SDK costs 10 MB per process, wasted when tracing is off.
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"dm-{process}"}))
    if config.trace_file:
        provider.add_span_processor(SimpleSpanProcessor(_lines_to(config.trace_file, process)))
    if config.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=config.otlp_endpoint))
        )
    _tracer = provider.get_tracer("dundermifflin")


def _lines_to(path: str, process: str) -> Any:
    """Return an exporter that appends one JSON object per span to `path`.

    It writes whole lines, so several processes can share the file.
    """
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class JsonLinesExporter(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            text = "".join(
                json.dumps(_as_plain(each, process), default=str) + "\n" for each in spans
            )
            handle = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)
            try:
                os.write(handle, text.encode())
            finally:
                os.close(handle)
            return SpanExportResult.SUCCESS

    return JsonLinesExporter()


def _as_plain(each: Any, process: str) -> dict[str, Any]:
    return {
        "process": process,
        "name": each.name,
        "kind": each.kind.name.lower(),
        "trace_id": trace.format_trace_id(each.context.trace_id),
        "span_id": trace.format_span_id(each.context.span_id),
        "parent_id": trace.format_span_id(each.parent.span_id) if each.parent else None,
        "start": each.start_time / 1e9,
        "milliseconds": (each.end_time - each.start_time) / 1e6,
        "status": each.status.status_code.name.lower(),
        "attributes": dict(each.attributes or {}),
    }


def new_correlation_id() -> str:
    """Return a new correlation id (UUIDv7, hex)."""
    return uuid_utils.uuid7().hex


def accept_correlation_id(given: str | None) -> str:
    """Return `given` if it is a safe id (8 to 64 letters, digits, `._-`), else a new one."""
    return given if given and _SAFE.fullmatch(given) else new_correlation_id()


class JsonLines(logging.Formatter):
    """Format each record as one JSON object per line, with the correlation id and no secrets.

    JSON escapes CR and LF, so a message cannot forge a log line.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self.process,
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": getattr(record, "correlation_id", "") or correlation.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(
            line, default=str
        )  # ASCII only: no character from user input can end the line or control a terminal


def log_each(log: logging.Logger, what: str, events: Sequence[tuple[str, str, str]]) -> None:
    """Log one line per event (name, key, correlation id).

    A single correlation id then finds an order's path through all logs. More than 20 events at
    once, as on a first start, make one summary line, and the single lines go to DEBUG.
    """
    flood = len(events) > 20
    if flood:
        log.info("%s %d events", what, len(events))
    for name, key, correlation_id in events:
        log.log(
            logging.DEBUG if flood else logging.INFO,
            "%s %s %s",
            what,
            name,
            key,
            extra={"correlation_id": correlation_id},
        )


def configure_logging(process: str, level: str = "INFO") -> None:
    """Send the root logger to standard error as JSON lines that name this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiokafka", "httpx", "faust", "mode", "ldap3", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
