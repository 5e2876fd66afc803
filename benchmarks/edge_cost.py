"""CPU of one request with all limits of the edge set, next to the same service with none of them."""

from collections.abc import Iterator
from dataclasses import replace

from .client import Request
from .report import Pair, Row, capacity
from .servers import serve
from .services import Workshop

TURNS = 4
# What is limited: probes are not.
REQUEST = Request("GET", "/nowhere", 404)
LIMITS = {"ALLOWED_HOSTS": "127.0.0.1, localhost", "RATE_LIMIT": "100000000/day"}


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    service = workshop.service(database="none")
    limited = replace(service, settings={**service.settings, **LIMITS})
    pairs: list[Pair] = []
    for _ in range(rounds):
        with serve(service) as without, serve(limited) as with_limits:
            for turn in range(TURNS + 1):
                pair = without.cost(REQUEST), with_limits.cost(REQUEST)
                if turn:  # The first one fills the caches.
                    pairs.append(pair)
    yield capacity("unknown path: hosts and rate limited", pairs, 0.75)
