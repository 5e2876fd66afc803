"""The service with one slow endpoint more, for a server that is stopped while it answers."""

import asyncio

from app.main import app


@app.get("/probe/slow")
async def slow(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "finished"
