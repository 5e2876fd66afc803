"""Traces by OpenTelemetry: FastAPI's own spans of requests, and where all spans go."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import set_global_textmap
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NoOpTracer, SpanContext, Tracer, format_span_id, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.typing import EventDict, WrappedLogger

from app import middleware
from app.logs import renamed
from app.settings import Settings
from .metrics import MeasuredMiddleware, is_probe

logger = structlog.get_logger()
# At INFO it speaks of each span that ends after the last one was sent.
logging.getLogger("opentelemetry.sdk").setLevel(logging.WARNING)
# It warns of each bad header, and so any client could fill the log.
logging.getLogger("opentelemetry.trace").setLevel(logging.ERROR)
# It has a line for each batch that is lost; `LoggedExporter` has one for all.
logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
# What the collector has not taken by then is lost: it must not hold up the end of the process.
FLUSH_SECONDS = 2
SILENT: set[str] = set()
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# Its logs would send the texts of exceptions, which may hold what clients have sent.
TRACING: TelemetryConfig = {
    "tracing": True,
    "operation_spans": False,
    "auto_configure": False,
    "exclude": is_probe,
}


class OwnTracerProvider(TracerProvider):
    """Makes no spans of the libraries that are silent."""

    def get_tracer(self, instrumenting_module_name: str, *arguments: Any, **options: Any) -> Tracer:
        if instrumenting_module_name.partition(".")[0] in SILENT:
            return NoOpTracer()
        return super().get_tracer(instrumenting_module_name, *arguments, **options)


class LoggedExporter(OTLPSpanExporter):
    """Logs once that spans are lost, and once that they are taken again."""

    _lost = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        lost = result is not SpanExportResult.SUCCESS
        if lost != self._lost:
            self._lost = lost
            logger.warning("spans_lost" if lost else "spans_exported_again")
        return result


def make_provider(settings: Settings) -> TracerProvider:
    """What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes first."""
    own = {"service.name": "{{ cookiecutter.project_slug }}"}
    if settings.service_revision:
        own["service.version"] = settings.service_revision
    resource = Resource.create(own).merge(OTELResourceDetector().detect())
    sampler = ParentBased(TraceIdRatioBased(settings.trace_sample_ratio))
    return OwnTracerProvider(sampler, resource, shutdown_on_exit=False)


@asynccontextmanager
async def open_tracing(settings: Settings) -> AsyncGenerator[None]:
    """A thread sends the spans, to where OTEL_EXPORTER_OTLP_ENDPOINT says."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = make_provider(settings)
        trace.set_tracer_provider(provider)
        # No baggage: whatever a client sends in it would go on to other services.
        set_global_textmap(TraceContextTextMapPropagator())
    if not any(os.environ.get(name) for name in ENDPOINTS):
        yield
        return
    processor = BatchSpanProcessor(LoggedExporter())
    provider.add_span_processor(processor)
    try:
        yield
    finally:
        # It has no time limit of its own.
        flush = Thread(target=processor.shutdown, daemon=True)
        flush.start()
        await asyncio.to_thread(flush.join, FLUSH_SECONDS)


def ids(context: SpanContext) -> dict[str, str]:
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}


def add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """In each line within a span."""
    context = trace.get_current_span().get_span_context()
    own = ids(context) if context.is_valid else {}
    return {**own, **renamed(event, own)}


class TracedMiddleware(MeasuredMiddleware):
    def exemplar(self) -> dict[str, str] | None:
        context = trace.get_current_span().get_span_context()
        return ids(context) if context.trace_flags.sampled else None


def install_middleware(app: FastAPI, settings: Settings) -> None:
    middleware.install_middleware(app, settings, TracedMiddleware)
