"""Streams: server-sent events, JSON lines, and bytes in pieces."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from .applications import LIMIT
from .case import Case, Endpoints, Parts, Team
from .differences import INVALID, PROBLEM, too_large

router = Endpoints("/streams")


class Item(BaseModel):
    number: int


async def watched(request: Request) -> AsyncIterator[str]:
    request.app.state.trace.append("opened")
    yield "value"
    request.app.state.trace.append("closed")


@router.get("/events", response_class=EventSourceResponse)
async def events(
    request: Request,
    _: Annotated[str, Depends(watched)],
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterable[ServerSentEvent | Item]:
    yield Item(number=last_event_id)
    request.app.state.trace.append("first")
    yield ServerSentEvent(data={"a": 1}, event="named", id="7", retry=1000)
    yield ServerSentEvent(raw_data="two\nlines", comment="note")


@router.post("/events", response_class=EventSourceResponse)
async def posted_events(item: Item) -> AsyncIterable[Item]:
    yield item


@router.get("/events/fail", response_class=EventSourceResponse)
async def failing_events(after: int) -> AsyncIterable[Item]:
    for number in range(after):
        yield Item(number=number)
    raise LookupError


@router.get("/lines")
async def lines() -> AsyncIterable[Item]:
    for number in range(3):
        yield Item(number=number)


@router.get("/lines/sync")
def lines_in_thread() -> Iterator[Item]:
    yield from (Item(number=number) for number in range(3))


@router.get("/bytes")
async def pieces(_: Annotated[str, Depends(watched)]) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"%d" % number

    return StreamingResponse(parts(), media_type="text/csv", headers={"Content-Disposition": "attachment"})


@router.get("/bytes/sync")
def pieces_in_thread() -> StreamingResponse:
    return StreamingResponse(iter(["a", "b"]))


@router.get("/refused", response_class=EventSourceResponse)
async def refused(_: Annotated[None, Depends(lambda: None)]) -> AsyncIterable[Item]:
    raise HTTPException(403, "Not for you.")
    yield Item(number=1)


@router.get("/bytes/fail")
async def failing_pieces(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        request.app.state.trace.append("first")
        raise LookupError

    return StreamingResponse(parts())


@router.post("/unread")
async def unread() -> StreamingResponse:
    """Of the body, nothing."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"a"

    return StreamingResponse(parts())


def install(app: FastAPI, parts: Parts) -> None:
    router.install(app, parts)

    async def missing() -> None:
        raise parts.not_found("no such stream")

    @app.get("/streams/missing", response_class=EventSourceResponse, dependencies=[Depends(missing)])
    async def stream() -> AsyncIterable[Item]:
        yield Item(number=1)


LARGE = {"number": 1, "padding": "x" * LIMIT}

TEAM = Team(
    "streams",
    install,
    (
        Case(name="server-sent events", path="/streams/events"),
        Case(
            name="events after the last one",
            path="/streams/events",
            options={"headers": {"Last-Event-ID": "6"}},
        ),
        Case(
            name="an invalid ID",
            path="/streams/events",
            options={"headers": {"Last-Event-ID": "x"}},
            differs=INVALID,
        ),
        Case(
            name="events after a POST", path="/streams/events", method="POST", options={"json": {"number": 5}}
        ),
        Case(
            name="an invalid POST",
            path="/streams/events",
            method="POST",
            options={"json": {}},
            differs=INVALID,
        ),
        Case(
            name="a large POST",
            path="/streams/events",
            method="POST",
            options={"json": LARGE},
            differs=too_large(LIMIT),
        ),
        Case(name="events that fail at once", path="/streams/events/fail?after=0"),
        Case(name="events that fail later", path="/streams/events/fail?after=2"),
        Case(name="events that refuse", path="/streams/refused"),
        Case(name="events whose dependency refuses", path="/streams/missing", differs=PROBLEM),
        Case(name="JSON lines", path="/streams/lines"),
        Case(name="JSON lines from a thread", path="/streams/lines/sync"),
        Case(name="bytes", path="/streams/bytes"),
        Case(name="bytes from a thread", path="/streams/bytes/sync"),
        Case(name="bytes that fail", path="/streams/bytes/fail"),
        Case(name="a stream that reads no body", path="/streams/unread", method="POST"),
    ),
)
