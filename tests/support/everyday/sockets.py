"""WebSockets: messages, close codes, and errors before and after they are accepted."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, WebSocket, WebSocketException
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from .case import Parts, Talk, Team
from .differences import PROBLEM, REFUSAL


async def watched(socket: WebSocket) -> AsyncIterator[str]:
    try:
        yield "value"
    except BaseException as error:
        socket.app.state.trace.append(f"dependency saw {type(error).__name__}")
        raise
    finally:
        socket.app.state.trace.append("dependency ended")


async def forbids() -> None:
    raise WebSocketException(1008, "forbidden")


async def forbids_as_http() -> None:
    raise HTTPException(403, "forbidden")


async def fails() -> None:
    raise LookupError


def install(app: FastAPI, parts: Parts) -> None:
    router = parts.prefix_router(prefix="/sockets")

    async def misses() -> None:
        raise parts.not_found("no such room")

    @router.websocket("/echo")
    async def echo(socket: WebSocket, value: Annotated[str, Depends(watched)]) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_json({"text": await socket.receive_text(), "value": value})
        except WebSocketDisconnect as end:
            app.state.trace.append(f"client left with {end.code}")

    @router.websocket("/closes")
    async def closes(socket: WebSocket, code: Annotated[int, Query(ge=1000)]) -> None:
        await socket.accept(headers=[(b"x-room", b"7")])
        await socket.close(code, "because")

    @router.websocket("/refuses")
    async def refuses(socket: WebSocket) -> None:
        await socket.close(4401, "who are you")

    @router.websocket("/denies")
    async def denies(socket: WebSocket) -> None:
        await socket.send_denial_response(JSONResponse({"why": "full"}, 429))

    @router.websocket("/chooses")
    async def chooses(socket: WebSocket) -> None:
        await socket.accept("chat.2")
        await socket.close()

    @router.websocket("/early/{kind}")
    async def early(socket: WebSocket, kind: str, _: Annotated[str, Depends(watched)]) -> None:
        raise error_of(kind)

    @router.websocket("/late/{kind}")
    async def late(socket: WebSocket, kind: str, _: Annotated[str, Depends(watched)]) -> None:
        await socket.accept()
        raise error_of(kind)

    def error_of(kind: str) -> Exception:
        return {
            "unexpected": LookupError(),
            "socket": WebSocketException(4000, "our own"),
            "http": HTTPException(403, "forbidden"),
            "missing": parts.not_found("no such room"),
        }[kind]

    for name, depends in {
        "socket": forbids,
        "http": forbids_as_http,
        "unexpected": fails,
        "missing": misses,
    }.items():

        @router.websocket(f"/depends/{name}", dependencies=[Depends(depends)])
        async def unreached(socket: WebSocket) -> None:
            await socket.accept()

    app.include_router(router)


TEAM = Team(
    "sockets",
    install,
    talks=(
        Talk(name="an echo, until the client leaves", path="/sockets/echo", sends=("a", "b", "stay")),
        Talk(name="a close code and a reason", path="/sockets/closes?code=4001"),
        Talk(name="an ordinary close", path="/sockets/closes?code=1000"),
        Talk(name="a close before it is accepted", path="/sockets/refuses", differs=REFUSAL),
        Talk(name="a denial", path="/sockets/denies"),
        Talk(name="a subprotocol", path="/sockets/chooses", options={"subprotocols": ["chat.1", "chat.2"]}),
        Talk(name="an invalid parameter", path="/sockets/closes?code=1", differs=REFUSAL),
        Talk(name="no parameter", path="/sockets/closes", differs=REFUSAL),
        Talk(name="an unknown path", path="/sockets/nowhere", differs=REFUSAL),
        Talk(name="a path that is served over HTTP", path="/openapi.json", differs=REFUSAL),
        *(
            Talk(name=f"an error of its own {place}", path=f"/sockets/{place}/socket", differs=differs)
            for place, differs in (("early", REFUSAL), ("late", None), ("depends", REFUSAL))
        ),
        *(
            Talk(
                name=f"a {where} that refuses in words of HTTP: {kind}",
                path=f"/sockets/{where}/{kind}",
                differs=PROBLEM,
            )
            for where in ("early", "depends")
            for kind in ("http", "missing")
        ),
    ),
)
