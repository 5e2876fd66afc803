"""Attempts run next to each other, but for those that have to be alone in their process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Isolation:
    def __init__(self) -> None:
        self._running = 0
        self._alone, self._idle = asyncio.Lock(), asyncio.Event()

    @asynccontextmanager
    async def together(self) -> AsyncGenerator[None]:
        async with self._alone:
            self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._idle.set()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        async with self._alone:
            while self._running:
                self._idle.clear()
                await self._idle.wait()
            yield
