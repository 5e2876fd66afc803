"""What only a real server shows: addresses, processes, clients that leave. For `uvicorn --factory`."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator
from importlib import import_module
from typing import Any

from fastapi import (
    APIRouter,
    BackgroundTasks,
    FastAPI,
    HTTPException,
    Request,
    UploadFile,
    WebSocket,
    WebSocketException,
)
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse

from .applications import NotFoundError
from .case import Parts

router = APIRouter(prefix="/live")
KINDS_OF_ERRORS = ("unexpected", "socket", "http", "missing")


@router.get("/where", name="where")
async def where(request: Request) -> dict[str, Any]:
    return {
        "url": str(request.url),
        "base": str(request.base_url),
        "root": request.scope["root_path"],
        "own": str(request.url_for("where")),
        "client": request.client and request.client.host,
    }


@router.get("/process")
async def process() -> int:
    return os.getpid()


@router.get("/events", response_class=EventSourceResponse)
async def events(request: Request) -> AsyncIterable[int]:
    """Until the client leaves."""
    request.app.state.streams += 1
    try:
        yield os.getpid()
        await asyncio.Event().wait()
    finally:
        request.app.state.streams -= 1


@router.get("/streams")
async def streams(request: Request) -> int:
    return int(request.app.state.streams)


@router.post("/size")
async def size(file: UploadFile) -> int | None:
    return file.size


@router.post("/unread")
async def unread() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"a"
            await asyncio.sleep(0.1)

    return StreamingResponse(parts())


@router.get("/fails/handler")
async def failing_handler() -> None:
    raise LookupError


@router.get("/fails/stream")
async def failing_stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        raise LookupError

    return StreamingResponse(parts())


@router.get("/fails/background")
async def failing_background(tasks: BackgroundTasks) -> None:
    tasks.add_task(int, "no number")


def mounted() -> FastAPI:
    app = FastAPI()
    app.get("/fails")(failing_handler)
    return app


def add_sockets(app: FastAPI, parts: Parts) -> None:
    def error_of(kind: str) -> Exception:
        known = {
            "unexpected": LookupError(),
            "socket": WebSocketException(4000, "our own"),
            "http": HTTPException(403, "forbidden"),
            "missing": parts.not_found("no such room"),
        }
        return known[kind]

    @app.websocket("/live/early/{kind}")
    async def early(socket: WebSocket, kind: str) -> None:
        raise error_of(kind)

    @app.websocket("/live/late/{kind}")
    async def late(socket: WebSocket, kind: str) -> None:
        await socket.accept()
        await socket.receive_text()
        raise error_of(kind)

    @app.websocket("/live/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)


def install(app: FastAPI, parts: Parts) -> FastAPI:
    app.state.streams = 0
    app.include_router(router)
    app.mount("/live/mounted", mounted())
    add_sockets(app, parts)
    return app


def plain() -> FastAPI:
    return install(FastAPI(), Parts(APIRouter, NotFoundError, lambda _: None))


def service() -> FastAPI:
    errors = import_module("app.errors")
    parts = Parts(import_module("app.routing").PrefixRouter, errors.NotFoundError, errors.install_errors)
    return install(import_module("app.main").app, parts)
