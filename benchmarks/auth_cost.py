"""CPU of one request with a token that is checked, next to the same service without authorisation."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from .client import Request, new_item
from .report import Pair, Row, capacity, extra
from .servers import Server, Side, serve
from .services import Workshop, run_python

TURNS = 4
# Microseconds for a token whose key is known.
AIM = 120
SIGN_IN = """
from app.settings import read_settings
from tests.support.accounts import person
print(person(read_settings(), "ada@example.com").token)
"""


def make_requests(server: Server, items: str, token: str) -> dict[str, Request]:
    create = Request("POST", items, 201, new_item, token)
    for _ in range(50):
        item = server.clients.get_json(create)
    return {
        "item": Request("GET", f"{items}/{item['id']}", 200, token=token),
        "page of 50": Request("GET", f"{items}?limit=50", 200, token=token),
        "invalid body": Request("POST", items, 422, lambda: {"name": ""}, token),
    }


def compare(without: Side, service: Side, token: str, rounds: int) -> Mapping[str, list[Pair]]:
    samples: dict[str, list[Pair]] = defaultdict(list)
    for _ in range(rounds):
        with serve(without) as plain, serve(service) as guarded:
            requests = make_requests(plain, without.items, ""), make_requests(guarded, service.items, token)
            for turn in range(TURNS + 1):
                for name in requests[0]:
                    pair = plain.cost(requests[0][name]), guarded.cost(requests[1][name])
                    if turn:  # The first one fills the caches.
                        samples[name].append(pair)
    return samples


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    for database in ("sqlite", "postgresql"):
        service = workshop.service(database=database, auth="accounts")
        token = run_python(service.folder, service.settings, "-c", SIGN_IN).splitlines()[-1]
        samples = compare(workshop.service(database=database), service, token, rounds)
        for name, pairs in samples.items():
            yield capacity(f"{database}, a session: {name}", pairs)
    service = workshop.service(database="none", auth="oidc")
    token = workshop.issuer.token(scope="admin")
    samples = compare(workshop.service(database="none"), service, token, rounds)
    for name, pairs in samples.items():
        yield extra(f"none, an RS256 token: {name}", pairs, AIM)
