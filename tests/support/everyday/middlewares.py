"""Middleware of a team, pure ASGI and BaseHTTPMiddleware: around that of the service, or within it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .applications import LIMIT
from .case import Case, Parts, Team
from .differences import (
    FAILURE,
    FAILURE_AROUND,
    INVALID,
    PROBLEM,
    RAISED_BY_MIDDLEWARE,
    SEEN_AS_RESPONSE,
    Difference,
)


class Pure:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        if headers.get(b"x-pure") == b"fail":
            raise LookupError
        if headers.get(b"x-pure") == b"http":
            raise HTTPException(403, "No.")
        if headers.get(b"x-pure") == b"read":
            receive = await read_all(receive)

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-pure", b"passed")]
            await send(message)

        await self.app(scope, receive, send_marked)


async def read_all(receive: Receive) -> Receive:
    """As middleware does that checks a signature."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


class Base(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        do = request.headers.get("X-Base")
        if do == "fail":
            raise LookupError
        if do == "http":
            raise HTTPException(403, "No.")
        if do == "respond":
            return JSONResponse({"from": "the middleware"}, 202)
        if do == "read":
            request.app.state.trace.append(f"read {len(await request.body())}")
        request.state.user = "ann"
        try:
            response = await call_next(request)
        except Exception as error:
            request.app.state.trace.append(f"saw {type(error).__name__}")
            raise
        response.headers["X-Base"] = f"{response.status_code}"
        return response


def add_routes(app: FastAPI, parts: Parts) -> None:
    @app.get("/within")
    async def within(request: Request) -> str:
        return str(request.state.user)

    @app.post("/within/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.post("/within/json")
    async def json(data: dict[str, int]) -> int:
        return len(data)

    @app.post("/within/unread")
    async def unread() -> str:
        return "not read"

    @app.get("/within/missing")
    async def missing() -> None:
        raise parts.not_found("no such item")

    @app.get("/within/boom")
    async def boom() -> None:
        raise LookupError

    @app.get("/within/long")
    async def long() -> str:
        return "x" * 5000

    @app.get("/within/background")
    async def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(app.state.trace.append, "background")
        return "done"

    @app.get("/within/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for number in range(3):
                yield str(number)

        return StreamingResponse(pieces())


def install_outside(app: FastAPI, parts: Parts) -> None:
    """As after `create_app`."""
    add_routes(app, parts)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Pure)
    app.add_middleware(Base)


def install_inside(app: FastAPI, parts: Parts) -> None:
    """As in `create_app`, before the service adds its own."""
    add_routes(app, parts)
    app.user_middleware += [Middleware(Base), Middleware(Pure), Middleware(GZipMiddleware, minimum_size=1000)]


def post(name: str, path: str, header: str = "", **options: Any) -> Case:
    known = {key: options.pop(key) for key in ("differs", "gap") if key in options}
    headers = {f"X-{header.partition(' ')[0]}": header.partition(" ")[2]} if header else {}
    return Case(
        name=name, method="POST", path=f"/within/{path}", options={"headers": headers, **options}, **known
    )


def get(name: str, path: str, **more: Any) -> Case:
    headers = {"headers": more.pop("headers", {})}
    return Case(name=name, path=f"/within{path}", options=headers, **more)


class Chunked:
    """A large body without a declared length, which can be sent twice."""

    def __iter__(self) -> Iterator[bytes]:
        yield from [b"x" * (LIMIT // 2 + 1)] * 2


LARGE = {"declared": b"x" * (LIMIT + 1), "chunked": Chunked()}


def common() -> tuple[Case, ...]:
    return (
        get("a request passes through", ""),
        get("an error of the service is a response", "/missing", differs=PROBLEM),
        get("an unknown path", "/nowhere", differs=PROBLEM),
        get("a compressed response", "/long"),
        get("a stream", "/stream"),
        get("a background task", "/background"),
        post("a body passes through", "size", content=b"abc"),
        post("a body is read by ASGI middleware first", "size", "Pure read", content=b"abc"),
        post("a body is read by BaseHTTPMiddleware first", "size", "Base read", content=b"abc"),
        post("an invalid body", "json", json={"a": "b"}, differs=INVALID),
        post("a large body that no handler reads", "unread", content=LARGE["declared"]),
    )


READERS = {"the handler": "", "ASGI middleware": "X-Pure", "BaseHTTPMiddleware": "X-Base"}


def failing(failure: Difference, raised: Difference, **known: Any) -> tuple[Case, ...]:
    return (
        get("ASGI middleware fails", "", headers={"X-Pure": "fail"}, differs=failure, **known),
        get(
            "ASGI middleware raises an HTTPException", "", headers={"X-Pure": "http"}, differs=raised, **known
        ),
        get("BaseHTTPMiddleware fails", "", headers={"X-Base": "fail"}, differs=failure, **known),
        get(
            "BaseHTTPMiddleware raises an HTTPException",
            "",
            headers={"X-Base": "http"},
            differs=raised,
            **known,
        ),
    )


RESPONDS = {"X-Base": "respond"}
OUTSIDE = Team(
    "middleware around the service",
    install_outside,
    (
        *common(),
        *failing(FAILURE_AROUND, FAILURE_AROUND, within=False),
        get("BaseHTTPMiddleware responds", "", headers=RESPONDS, within=False),
        get("an unexpected error of the service", "/boom", differs=SEEN_AS_RESPONSE),
    ),
)
INSIDE = Team(
    "middleware within the service",
    install_inside,
    (
        *common(),
        *failing(FAILURE, RAISED_BY_MIDDLEWARE),
        get("BaseHTTPMiddleware responds", "", headers=RESPONDS),
        get("an unexpected error of the service", "/boom", differs=FAILURE),
    ),
)
