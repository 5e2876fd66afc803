"""A span for each SQL statement: its text, with placeholders for the values."""

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import Connection, Engine, ExceptionContext, event

TRACER = trace.get_tracer(__name__)
SPAN = "span"


def start_span(connection: Connection, _: Any, statement: str, *__: Any) -> None:
    if trace.get_current_span().is_recording():
        attributes = {"db.system.name": connection.dialect.name, "db.query.text": statement}
        words = statement.split(maxsplit=1)
        name = words[0] if words else connection.dialect.name
        connection.info[SPAN] = TRACER.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)


def end_span(connection: Connection, *_: Any) -> None:
    if span := connection.info.pop(SPAN, None):
        span.end()


def fail_span(context: ExceptionContext) -> None:
    """With the type of the error only: its text may hold values."""
    if context.connection and (span := context.connection.info.pop(SPAN, None)):
        span.set_attribute("error.type", type(context.original_exception).__name__)
        span.set_status(StatusCode.ERROR)
        span.end()


def trace_statements() -> None:
    """Those of every engine; once, however often it is called."""
    event.listen(Engine, "before_cursor_execute", start_span)
    event.listen(Engine, "after_cursor_execute", end_span)
    event.listen(Engine, "handle_error", fail_span)
