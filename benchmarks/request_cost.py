"""CPU of one request and of the start, and memory: a service next to bare FastAPI on the same database."""

from collections import defaultdict
from collections.abc import Iterator

from .client import Request, new_item
from .report import Pair, Row, capacity, share
from .servers import Server, Side, cpu, serve
from .services import Workshop

TURNS = 4
# The aims of each row, for those databases that have one.
AIMS: dict[str, dict[str, float]] = {
    "health": {"none": 1.2, "sqlite": 1.2, "postgresql": 1.2},
    "unknown path": {"none": 1.2, "sqlite": 1.2, "postgresql": 1.2},
    "item": {"sqlite": 1.15, "postgresql": 1.05},
    "page of 50": {"sqlite": 1.2, "postgresql": 1.05},
    "create": {},
    "invalid body": {"none": 1.05, "sqlite": 1.05, "postgresql": 1.05},
}


def make_requests(server: Server, items: str) -> dict[str, Request]:
    """In the order of AIMS; there are fifty rows afterwards."""
    create = Request("POST", items, 201, new_item)
    for _ in range(50):
        item = server.clients.get_json(create)
    return {
        "health": Request("GET", "/health/live", 200),
        "unknown path": Request("GET", "/nowhere", 404),
        "item": Request("GET", f"{items}/{item['id']}", 200),
        "page of 50": Request("GET", f"{items}?limit=50", 200),
        "create": create,
        "invalid body": Request("POST", items, 422, lambda: {"name": ""}),
    }


def compare(bare: Side, service: Side, rounds: int) -> dict[str, list[Pair]]:
    """In each round both start again; then they take turns, so that both meet the same noise."""
    samples: dict[str, list[Pair]] = defaultdict(list)
    for _ in range(rounds):
        with serve(bare) as ours, serve(service) as theirs:
            servers = (ours, theirs)
            samples["boot CPU"].append((cpu(ours.pid) / 1e3, cpu(theirs.pid) / 1e3))
            samples["memory"].append((ours.memory(), theirs.memory()))
            requests = [make_requests(ours, bare.items), make_requests(theirs, service.items)]
            for turn in range(TURNS + 1):
                for name in AIMS:
                    a, b = (server.cost(of[name]) for server, of in zip(servers, requests, strict=True))
                    if turn:  # The first one fills the caches.
                        samples[name].append((a, b))
    return samples


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    for database in ("none", "sqlite", "postgresql"):
        bare = workshop.bare("bare_memory" if database == "none" else "bare_sql", database)
        samples = compare(bare, workshop.service(database=database), rounds)
        for name, aims in AIMS.items():
            yield capacity(f"{database}: {name}", samples[name], aims.get(database))
        yield share(f"{database}: boot CPU", samples["boot CPU"], "ms", "<= 1.10")
        yield share(f"{database}: memory", samples["memory"], "MB")
