"""The slow job."""

import asyncio


async def simulate(_: object, wait_time: float) -> dict[str, float]:
    """Stands for something that takes `wait_time` seconds: a report, or the training of a model."""
    await asyncio.sleep(wait_time)
    return {"waited": wait_time}
