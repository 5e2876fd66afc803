"""Copied into a service: its probe, and streams."""

import asyncio
import importlib
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

SERVED = "tests.support.worker" if __name__ == "__main__" else "tests.support.service"
app = getattr(importlib.import_module(SERVED), "app", None)


async def ticks(seconds: float) -> AsyncIterator[str]:
    for _ in range(int(seconds * 10)):
        yield "tick\n"
        await asyncio.sleep(0.1)
    yield "end\n"


async def stream(seconds: float) -> StreamingResponse:
    return StreamingResponse(ticks(seconds), media_type="text/plain")


if app:
    app.get("/stream")(stream)
