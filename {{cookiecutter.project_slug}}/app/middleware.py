"""What every request passes on its way in and out: ID, access log, size limit, unexpected errors, CORS."""

import os
import re
import time
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from .errors import FAILED, problem, respond
from .settings import Settings

logger = structlog.get_logger()
# Any other inbound ID is replaced: IDs end up in logs, headers and shell commands.
SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestMiddleware:
    """Outermost, and the only one of ours: each further layer costs every request."""

    def __init__(self, app: ASGIApp, failed: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._failed = failed
        self._max_body_bytes = max_body_bytes
        self._log = structlog.get_logger().bind().info

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        request_id, receive = self._read_headers(scope, receive)
        bind_contextvars(request_id=request_id.decode())
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            logger.exception("unexpected_error")
            if status is not None:
                raise
            await self._failed(scope, receive, send_with_id)
        finally:
            spent = round((time.perf_counter() - started) * 1000, 3)
            self._log("request", method=scope["method"], path=scope["path"], status=status, duration_ms=spent)

    def _read_headers(self, scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
        """The request's ID, and a `receive` that counts where the body is, or may be, too large."""
        headers = dict(scope["headers"])
        declared = int(headers.get(b"content-length", 0))
        if declared > self._max_body_bytes or b"transfer-encoding" in headers:
            receive = limit(receive, self._max_body_bytes, declared)
        request_id = headers.get(b"x-request-id", b"")
        if not SAFE_ID.fullmatch(request_id):
            request_id = os.urandom(16).hex().encode()
        return request_id, receive


def limit(receive: Receive, max_bytes: int, declared: int) -> Receive:
    """A 413 when more than `max_bytes` are read, or anything at all when more were declared."""
    total = declared

    async def receive_limited() -> Message:
        nonlocal total
        if total <= max_bytes:
            message = await receive()
            total += len(message.get("body", b""))
        if total > max_bytes:
            raise HTTPException(413, f"The body may have at most {max_bytes} bytes.")
        return message

    return receive_limited


async def respond_failed(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(problem(500, FAILED))(scope, receive, send)


def install_middleware(app: FastAPI, settings: Settings) -> None:
    failed: ASGIApp = respond_failed
    if settings.cors_origins:
        cors: dict[str, Any] = {
            "allow_origins": settings.cors_origins,
            "allow_methods": ["*"],
            "allow_headers": ["*"],
            "expose_headers": ["Location", "Retry-After", "X-Request-ID"],
        }
        app.add_middleware(CORSMiddleware, **cors)
        # Without these headers a browser hides the response from its script, so a 500 gets them too.
        failed = CORSMiddleware(failed, **cors)
    app.add_middleware(RequestMiddleware, failed=failed, max_body_bytes=settings.max_body_bytes)
