"""Structured logs: JSON lines in production, readable ones in development; the request ID in each."""

import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from pydantic_core import to_jsonable_python
from structlog.contextvars import get_contextvars
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer, StackInfoRenderer
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from .settings import Settings

# What every record of `logging` has, and the colors of uvicorn's; anything else is from `extra`.
OWN = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "color_message"}
LEVELS = ("debug", "info", "warning", "error", "critical")
METHODS = (*LEVELS, "exception", "fatal", "msg", "warn")
# Of the methods of structlog; a field cannot be called so.
PARAMETERS = ("self", "event", "method_name")
# What was not valid, as pydantic and FastAPI quote it: it may be of a body, or of a row.
QUOTED = re.compile(r"(input_value=|'input': ).*")


def current_request_id() -> str | None:
    request_id: str | None = get_contextvars().get("request_id")
    return request_id


def add_context(revision: str | None) -> Processor:
    """What every line has, in one processor, because every request pays for each processor."""
    deployed = {"revision": revision} if revision else {}

    def add(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
        context = get_contextvars()
        own = {"timestamp": datetime.now(UTC).isoformat(), "level": level, **deployed}
        if "request_id" in context:
            own["request_id"] = context.pop("request_id")
        return {**own, **renamed({**context, **event}, own)}

    return add


def renamed(fields: Mapping[str, Any], taken: Collection[str]) -> EventDict:
    """A field whose name is taken is neither lost nor instead of the other: it gets an underscore."""
    return {f"{name}_" if name in taken else name: value for name, value in fields.items()}


def format_error(exc_info: ExcInfo) -> str:
    return QUOTED.sub(r"\1...", "".join(traceback.format_exception(*exc_info)).rstrip("\n"))


def to_json(values: Mapping[str, Any]) -> bytes:
    """What JSON lacks, it shows as a response would, or else as text."""
    try:
        return orjson.dumps(values, default=serializable)
    except TypeError:
        return orjson.dumps({shown(key): encodable(value) for key, value in values.items()})


def encodable(value: object) -> object:
    try:
        return orjson.Fragment(orjson.dumps(value, default=serializable))
    except TypeError:
        return shown(value)


def serializable(value: object) -> object:
    # To read an iterator is to use it up.
    if isinstance(value, Iterator):
        return shown(value)
    try:
        return to_jsonable_python(value, fallback=shown)
    except Exception:
        return shown(value)


def shown(value: object) -> str:
    """As text that can be written, whatever it is."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text.encode(errors="backslashreplace").decode()


def render_json(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    return to_json(event)


def render_text(colors: bool) -> Callable[[WrappedLogger, str, EventDict], bytes]:
    # Any other formatter, which structlog chooses by what is installed, shows local variables.
    render = ConsoleRenderer(colors=colors, exception_formatter=plain_traceback)

    def encode(logger: WrappedLogger, level: str, event: EventDict) -> bytes:
        # One line for one event, but for a traceback.
        event["event"] = shown(event["event"]).replace("\n", "\\n")
        try:
            text = render(logger, level, {**event})
        except Exception:
            text = render(logger, level, {key: shown(value) for key, value in event.items()})
        return text.encode(errors="backslashreplace")

    return encode


def forgiving(log: Callable[..., Any]) -> Callable[..., Any]:
    """Words that do not fit together are written one by one: a request never fails for a line."""

    def log_anyhow(self: Any, /, *words: Any, **values: Any) -> None:
        try:
            log(self, *words, **values)
        except Exception:
            with suppress(Exception):
                log(self, " ".join(shown(word) for word in words), **renamed(values, PARAMETERS))

    return log_anyhow


def log_at(self: Any, level: object = logging.INFO, /, *words: Any, **values: Any) -> None:
    """Levels of others are between those that structlog knows."""
    number = level if isinstance(level, int) else logging.ERROR
    getattr(self, LEVELS[min(max(number // 10, 1), 5) - 1])(*words, **values)


def awaited(log: Callable[..., Any]) -> Callable[..., Any]:
    """On no other thread, which would know nothing of an exception."""

    async def log_now(self: Any, /, *words: Any, **values: Any) -> None:
        log(self, *words, **values)

    return log_now


def make_logger(level: str) -> type[Any]:
    logger = structlog.make_filtering_bound_logger(level)
    methods = {name: forgiving(getattr(logger, name)) for name in METHODS} | {"log": log_at}
    return type("Logger", (logger,), methods | {f"a{name}": awaited(methods[name]) for name in methods})


class StructlogHandler(logging.Handler):
    """Passes what libraries log with `logging` on to structlog, so that all lines have one form."""

    def emit(self, record: logging.LogRecord) -> None:
        extra = {str(key): value for key, value in record.__dict__.items() if key not in OWN}
        own = {"logger": record.name, "exc_info": record.exc_info}
        if record.stack_info:
            own["stack"] = record.stack_info
        structlog.get_logger().log(record.levelno, message_of(record), **own, **renamed(extra, own))


def message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        return f"{shown(record.msg)} {shown(record.args)}"


def configure_logs(settings: Settings, *processors: Processor) -> None:
    """With what else is to be done with each line."""
    production = settings.environment == "production"
    colors = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    structlog.configure(
        processors=[
            add_context(settings.service_revision),
            *processors,
            StackInfoRenderer([__name__]),
            ExceptionRenderer(format_error),
            render_json if production else render_text(colors),
        ],
        wrapper_class=make_logger(settings.log_level),
        logger_factory=structlog.BytesLoggerFactory(),
    )
    # Below INFO, libraries log values of statements, headers and messages.
    of_libraries = "INFO" if settings.log_level == "DEBUG" else settings.log_level
    logging.basicConfig(level=of_libraries, handlers=[StructlogHandler()], force=True)
    logging.getLogger("app").setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        # The access line is ours: it knows the request ID and is cheaper.
        logging.getLogger(name).propagate = name != "uvicorn.access"
    logging.captureWarnings(True)
    # Its lines have complete addresses, and these may hold secrets.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
