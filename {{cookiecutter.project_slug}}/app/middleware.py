"""What every request passes on its way in and out: ID, access log, limits, unexpected errors, CORS."""

import asyncio
import os
import re
import time
from collections.abc import Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect, WebSocketState
from structlog.contextvars import bind_contextvars

from .edge import RawHeaders, add_security_headers, check_host, client_key, respond_within
from .errors import UnavailableError, methods_of, on_unexpected, problem, respond
from .logs import shown
from .rate_limits import admit
from .settings import Settings

logger = structlog.get_logger()
# Any other inbound ID is replaced: IDs end up in logs, headers and shell commands.
SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
STOPPING = "The service is stopping, and this took too long. Try again."
OURS = (b"x-request-id",)
OF_CONTENT = (*OURS, b"content-type", b"content-length")
PROBES = frozenset({"/health/live", "/health/ready"})


class RequestMiddleware:
    """Outermost, and the only one of ours: each further layer costs every request."""

    # They come every few seconds, so only those that fail are logged.
    quiet = PROBES

    def __init__(self, app: ASGIApp, cors: dict[str, Any] | None, settings: Settings) -> None:
        self._app = app
        self._cors = cors
        self._hosts, self._rate = settings.allowed_hosts, settings.rate_limit
        self._max_body_bytes = settings.max_body_bytes
        self._timeout = settings.request_timeout
        self._log = structlog.get_logger().bind().info

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await self._talk(scope, receive, send)
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = bind_request_id(headers)
        status: int | None = None
        ended = left = False
        added: RawHeaders = scope.setdefault("response_headers", [])

        async def send_with_id(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = headers_to_send(message, request_id, scope) + added
                if is_stopping(scope):
                    # The next request on this connection could cross with its end: it goes elsewhere.
                    message["headers"].append((b"connection", b"close"))
            await send(message)
            ended = not message.get("more_body", message["type"] == "http.response.start")

        # It has ended with its headers, whatever the application goes on to send.
        is_head = scope["method"] == "HEAD"

        async def receive_message() -> Message:
            nonlocal left
            message = await receive_limited()
            left = message["type"] == "http.disconnect" and (is_head or not ended)
            return message

        declared = int(headers.get(b"content-length", 0))
        receive_limited = receive
        if declared > self._max_body_bytes or b"transfer-encoding" in headers:
            receive_limited = limit(receive, self._max_body_bytes, declared, lambda: status is not None)
        served, send_back = (as_get(scope), headers_only(send_with_id)) if is_head else (scope, send_with_id)
        try:
            if self._hosts or self._rate:
                await self._admit(scope)
            await respond_within(self._timeout, self._app, served, receive_message, send_back)
        except BaseException as error:
            if are_all(error, ClientDisconnect):
                # Nothing went wrong here; what a mounted application has sent nevertheless, no client got.
                ended = False
                return
            if status is not None:
                if left and not is_cancelled(error):
                    # A stream that was broken off, or what it has used.
                    logger.info("response_abandoned", error=repr(error))
                    return
                # The server breaks the response off and logs the error.
                raise
            if is_cancelled(error):
                await self._fail(UnavailableError(STOPPING), served, receive, send_with_id)
                raise
            await self._fail(error, served, receive, send_with_id)
        finally:
            self.finish(scope["method"], served, status if ended else None, time.perf_counter() - started)

    async def _admit(self, scope: Scope) -> None:
        """Who asks for health has other rules."""
        if path_of(scope) in self.quiet:
            return
        if self._hosts:
            check_host(self._hosts, scope)
        if self._rate:
            await admit(scope, "client", self._rate, client_key(scope))

    def finish(self, method: str, served: Scope, status: int | None, seconds: float) -> None:
        """Without a status, when the response has not ended: its client has left, or it was broken off."""
        if status and status < 500 and path_of(served) in self.quiet:
            return
        milliseconds = round(seconds * 1000, 3)
        self._log("request", method=method, path=served["path"], status=status, duration_ms=milliseconds)

    async def _fail(self, error: BaseException, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = partial(respond_to, error)
        if self._cors:
            # Without its headers a browser hides the response from its script.
            app = CORSMiddleware(app, **self._cors)
        await app(scope, receive, send)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Over a WebSocket: what fails refuses it, or closes it."""
        request_id = bind_request_id(dict(scope["headers"]))
        last = ""

        async def send_with_id(message: Message) -> None:
            nonlocal last
            if message["type"] == "websocket.close":
                reason = shown(message.get("reason") or "")
                if not last:
                    # The server would send no more than the status.
                    return await respond(problem(403, reason))(scope, receive, send_with_id)
                # More do not fit in a frame.
                message["reason"] = reason.encode()[:123].decode(errors="ignore")
            last = message["type"]
            if last == "websocket.http.response.start":
                message["headers"] = headers_to_send(message, request_id, scope)
            await send(message)
            if last == "websocket.http.response.body":
                # uvicorn logs an error, unless the connection is closed before it has returned.
                await asyncio.sleep(0)

        try:
            if self._hosts or self._rate:
                await self._admit(scope)
        except HTTPException as refused:
            response = respond(problem(refused.status_code, refused.detail), refused.headers)
            return await response(scope, receive, send_with_id)
        try:
            await self._app(scope, receive, send_with_id)
            if not last:
                raise RuntimeError("This WebSocket was neither accepted nor closed.")
        except BaseException as error:
            if is_cancelled(error):
                raise
            if are_all(error, WebSocketDisconnect):
                return
            socket = WebSocket(scope, receive, send_with_id)
            if last in ("websocket.accept", "websocket.send"):
                socket.application_state = WebSocketState.CONNECTED
            refusal = await handled(error, socket)
            if refusal and not last:
                await refusal(scope, receive, send_with_id)


def bind_request_id(headers: dict[bytes, bytes]) -> bytes:
    """The client's, when it is safe; from here on each line has it."""
    request_id = headers.get(b"x-request-id")
    if request_id is None or not SAFE_ID.fullmatch(request_id):
        request_id = os.urandom(16).hex().encode()
    bind_contextvars(request_id=request_id.decode())
    return request_id


def headers_to_send(message: Message, request_id: bytes, scope: Scope) -> RawHeaders:
    """With one ID, and for no content no description of it."""
    dropped = OF_CONTENT if message["status"] == 204 else OURS
    headers = [header for header in message.get("headers", ()) if header[0] not in dropped]
    headers.append((b"x-request-id", request_id))
    add_security_headers(headers, scope)
    return headers


def path_of(scope: Scope) -> str:
    """Without the prefix of a proxy."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("app_root_path", scope.get("root_path", "")))


def is_stopping(scope: Scope) -> bool:
    readiness = scope.get("state", {}).get("readiness")
    return readiness is not None and readiness.stopping


def as_get(scope: Scope) -> Scope:
    """HEAD is GET without the body, which the server leaves out, unless the path has a HEAD of its own."""
    methods = methods_of(scope)
    return {**scope, "method": "GET"} if "GET" in methods and "HEAD" not in methods else scope


def headers_only(send: Send) -> Send:
    """That to a HEAD ends with its headers: a stream, which may have no end, then sees its client leave."""

    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body"})

    return send_headers


def is_cancelled(error: BaseException) -> bool:
    """By the server. What a handler raises of this kind is an error like any other."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def limit(receive: Receive, max_bytes: int, declared: int, is_responding: Callable[[], bool]) -> Receive:
    """A 413 when more than `max_bytes` are read, or anything at all when more were declared."""
    total = declared

    async def receive_limited() -> Message:
        nonlocal total
        # A stream that begins now only waits for its client to leave.
        await asyncio.sleep(0)
        if is_responding():
            # Too late for a 413: what is left of the body is thrown away.
            return {**await receive(), "body": b""}
        if total <= max_bytes:
            message = await receive()
            total += len(message.get("body", b""))
        if total > max_bytes:
            raise HTTPException(413, f"The body may have at most {max_bytes} bytes.")
        return message

    return receive_limited


async def respond_to(error: BaseException, scope: Scope, receive: Receive, send: Send) -> None:
    """As the application handles such an error, wherever it was raised."""
    request = Request(scope, receive)
    try:
        response = await handled(error, request)
    except Exception:
        logger.exception("unexpected_error")
        response = await on_unexpected(request, error)
    if response:
        await response(scope, receive, send)


def are_all(error: BaseException, kind: type[Exception]) -> bool:
    """Whether it is of this kind, or a task group of nothing else."""
    if isinstance(error, BaseExceptionGroup):
        return all(are_all(each, kind) for each in error.exceptions)
    return isinstance(error, kind)


async def handled(error: BaseException, connection: Request | WebSocket) -> Response | None:
    # Middleware that reads the body runs the application in a task group.
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    handlers = connection.app.exception_handlers
    expected = [kind for kind in type(error).__mro__ if kind in handlers and kind is not Exception]
    if not expected:
        logger.error("unexpected_error", exc_info=error)
        if isinstance(connection, WebSocket):
            # A handler of a team for these may know of requests only.
            return await on_unexpected(connection, error)
    handler = handlers[expected[0]] if expected else handlers.get(500, handlers[Exception])
    if not iscoroutinefunction(handler):
        handler = partial(run_in_threadpool, handler)
    response: Response | None = await handler(connection, error)
    return response


class ProblemCORSMiddleware(CORSMiddleware):
    """A preflight that is refused is an error too."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        of_text = ("content-type", "content-length")
        headers = {name: value for name, value in response.headers.items() if name not in of_text}
        return respond(problem(response.status_code, bytes(response.body).decode()), headers)


def install_middleware(
    app: FastAPI, settings: Settings, middleware: type[RequestMiddleware] = RequestMiddleware
) -> None:
    cors: dict[str, Any] | None = None
    if settings.cors_origins:
        cors = {
            "allow_origins": settings.cors_origins,
            "allow_methods": ["*"],
            "allow_headers": ["*"],
            "expose_headers": ["Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"],
        }
        app.add_middleware(ProblemCORSMiddleware, **cors)
    app.add_middleware(middleware, cors=cors, settings=settings)
