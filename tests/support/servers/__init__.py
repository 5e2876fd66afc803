"""Throw-away servers from the programs on this machine, and how a service is to find them."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from .issuer import Issuer
from .postgresql import PostgreSQL
from .redis import Redis

Server = Issuer | PostgreSQL | Redis
SERVERS: dict[str, type[Server]] = {"issuer": Issuer, "postgresql": PostgreSQL, "redis": Redis}


class Servers:
    """One server of each kind, started when it is first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.running: dict[str, Server] = {}

    def get(self, name: str) -> Server:
        if name not in self.running:
            self.running[name] = self.stack.enter_context(SERVERS[name]())
        return self.running[name]

    def settings(self, names: Iterable[str]) -> dict[str, str]:
        """The settings with which a service uses these servers."""
        return {name: text for server in names for name, text in self.get(server).settings().items()}

    def surroundings(self, names: Iterable[str]) -> dict[str, str]:
        """The environment in which programs find these servers by themselves."""
        return {name: text for server in names for name, text in self.get(server).surroundings().items()}


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.fixture
def new_servers() -> Iterator[Servers]:
    """Nothing is in them yet, as on a new machine."""
    with ExitStack() as stack:
        yield Servers(stack)
