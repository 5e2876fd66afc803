"""Endpoints that do what a test needs."""

import asyncio

from app.routing import PrefixRouter

# Not in the schema: its documentation is that of the service. No domain can have a name with a dash.
router = PrefixRouter(prefix="/test-probe", include_in_schema=False)


@router.get("/slow")
async def slow(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "finished"


@router.get("/item/{number}")
async def item(number: int) -> int:
    return number


@router.post("/body")
async def body(values: list[int]) -> int:
    return len(values)
