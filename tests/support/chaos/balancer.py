"""A load balancer for connections, as a Service of Kubernetes is one: it knows nothing of HTTP.

A new connection goes to a server that is ready; an open one stays where it is, and nothing is sent twice.
"""

import asyncio
import random
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx2
from anyio.from_thread import start_blocking_portal

PERIOD = 0.1
"""Seconds between two probes of one server."""


class Balancer:
    def __init__(self, urls: Sequence[str]) -> None:
        self.ready: set[str] = set()
        self._urls = urls

    async def probe(self, url: str) -> None:
        async with httpx2.AsyncClient(timeout=10) as client:
            while True:
                await self._probe_once(client, url)
                await asyncio.sleep(PERIOD)

    async def _probe_once(self, client: httpx2.AsyncClient, url: str) -> None:
        try:
            is_ready = (await client.get(f"{url}/health/ready")).status_code == 200
        except httpx2.TransportError:
            is_ready = False
        (self.ready.add if is_ready else self.ready.discard)(url)

    async def connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            url = httpx2.URL(random.choice([*self.ready]))
            server_reader, server_writer = await asyncio.open_connection(url.host, url.port)
        except (OSError, IndexError):
            writer.close()
            return
        await asyncio.gather(copy(reader, server_writer), copy(server_reader, writer))

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator["Balancer"]:
        async with await asyncio.start_server(self.connect, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            probes = [asyncio.create_task(self.probe(url)) for url in self._urls]
            yield self
            for probe in probes:
                probe.cancel()

    def wait_for_all(self, seconds: float = 120) -> None:
        """Until it sends connections to every server."""
        deadline = time.monotonic() + seconds
        while self.ready != {*self._urls}:
            assert time.monotonic() < deadline, f"only {self.ready} of {self._urls}"
            time.sleep(0.05)


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def balanced(urls: Sequence[str]) -> Generator[Balancer]:
    """In a thread of its own, for as long as a `with` block takes."""
    balancer = Balancer(urls)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(balancer.serve()):
        balancer.wait_for_all()
        yield balancer
