"""Structured logs: JSON lines in production, readable ones in development; the request ID in each."""

import logging
from datetime import UTC, datetime

import orjson
import structlog
from structlog.contextvars import get_contextvars
from structlog.processors import JSONRenderer, format_exc_info
from structlog.typing import EventDict, Processor, WrappedLogger

from .settings import Settings


def current_request_id() -> str | None:
    request_id: str | None = get_contextvars().get("request_id")
    return request_id


def add_context(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    """What every line has, in one processor, because every request pays for each processor."""
    return {"timestamp": datetime.now(UTC).isoformat(), "level": level, **get_contextvars(), **event}


class StructlogHandler(logging.Handler):
    """Passes what libraries log with `logging` on to structlog, so that all lines have one form."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger().bind(logger=record.name)
        logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def configure_logs(settings: Settings) -> None:
    production = settings.environment == "production"
    console: list[Processor] = [structlog.dev.ConsoleRenderer()]
    structlog.configure(
        processors=[add_context, *([format_exc_info, JSONRenderer(orjson.dumps)] if production else console)],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.BytesLoggerFactory() if production else structlog.PrintLoggerFactory(),
    )
    logging.basicConfig(level=settings.log_level, handlers=[StructlogHandler()], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        # The access line is ours: it knows the request ID and is cheaper.
        logging.getLogger(name).propagate = name != "uvicorn.access"
