"""A load balancer for connections, as a Service of Kubernetes is one: it knows nothing of HTTP.

A new connection goes to a server that is ready; an open one stays where it is, and nothing is sent twice.
"""

import asyncio
import random
import time
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx2
from anyio.from_thread import start_blocking_portal

PERIOD = 0.1
"""Seconds between two probes of one server."""


class Balancer:
    def __init__(self, urls: Sequence[str]) -> None:
        self.ready: set[str] = set()
        self.connections: Counter[str] = Counter()
        self._urls = urls

    async def probe(self, url: str) -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
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
        if not self.ready:
            writer.close()
            return
        url = random.choice([*self.ready])
        self.connections[url] += 1
        with suppress(OSError):
            await forward(httpx2.URL(url), reader, writer)
        writer.close()
        self.connections[url] -= 1

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator["Balancer"]:
        async with await asyncio.start_server(self.connect, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            probes = [asyncio.create_task(self.probe(url)) for url in self._urls]
            yield self
            for probe in probes:
                probe.cancel()

    def wait_for_all(self) -> None:
        """Until it sends connections to every server."""
        wait(lambda: self.ready == {*self._urls}, "a server does not get ready")

    def wait_until_drained(self, url: str) -> None:
        """Until it sends nothing to this server any more, and all clients have left it."""
        wait(lambda: url not in self.ready, "a server that stops stays ready")
        wait(lambda: not self.connections[url], "clients stay with a server that stops")


def wait(done: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


async def forward(url: httpx2.URL, reader: StreamReader, writer: StreamWriter) -> None:
    server_reader, server_writer = await asyncio.open_connection(url.host, url.port)
    await asyncio.gather(copy(reader, server_writer), copy(server_reader, writer))


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
