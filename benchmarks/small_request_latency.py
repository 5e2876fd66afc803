"""The p99 of small requests at a moderate load: many clients that each send one now and then."""

from collections.abc import Iterator

from .client import Clients, Request, new_item, p99
from .report import Pair, Row, share
from .servers import serve
from .services import Workshop

CLIENTS, PACE = 64, 0.16
# The sides take turns in short slices, so that both meet the same noise.
SLICES, REQUESTS = 10, 400


def make_requests(clients: Clients, items: str) -> list[Request]:
    item = clients.get_json(Request("POST", items, 201, new_item))
    return [
        Request("GET", "/health/live", 200),
        Request("GET", f"{items}/{item['id']}", 200),
        Request("POST", items, 422, lambda: {"name": ""}),
    ]


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    bare, service = workshop.bare("bare_sql", "sqlite"), workshop.service()
    found: list[Pair] = []
    with serve(bare) as a, serve(service) as b:
        clients = Clients(a.port, CLIENTS), Clients(b.port, CLIENTS)
        requests = make_requests(clients[0], bare.items), make_requests(clients[1], service.items)
        for _ in range(rounds + 1):
            spent: tuple[list[float], list[float]] = ([], [])
            for _ in range(SLICES):
                for side in (0, 1):
                    spent[side].extend(clients[side].play(requests[side], REQUESTS, PACE))
            found.append((p99(spent[0]), p99(spent[1])))
    yield share(f"p99 at {CLIENTS / PACE:.0f} requests/s", found[1:], "ms", "<= 1.30")
