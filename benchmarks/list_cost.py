"""Lists of orders with a field of each type: CPU next to an endpoint by hand, and how deep pages grow."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from .client import NUMBERS, Request
from .report import Pair, Row, capacity
from .servers import Server, Side, serve
from .services import Workshop

DOMAINS = (
    "customers, orders(customer:customers, status:new|paid|shipped, total:decimal, number:text unique, "
    "note:text?, details:longtext, quantity:int, weight:float, gift:bool, due:date, placed_at:datetime, "
    "token:uuid, extra:json)"
)
ROWS, DEEP = 100_000, 1000
WANTED = "?status=paid&sort=-total&limit=20"
TURNS = 4


def new_order(customer: str) -> dict[str, Any]:
    number = next(NUMBERS)
    return {
        "customer_id": customer,
        "status": ("new", "paid", "shipped")[number % 3],
        "total": f"{number % 10_000}.5000",
        "number": f"order {number}",
        "note": None,
        "details": "two\nlines",
        "quantity": number % 100,
        "weight": 1.5,
        "gift": True,
        "due": "2026-01-31",
        "placed_at": "2026-01-31T09:00:00Z",
        "token": str(uuid4()),
        "extra": {"lines": [1, 2, 3]},
    }


def fill(server: Server, items: str) -> None:
    """With fifty orders."""
    customer = str(uuid4())
    if items != "/items":
        made = Request("POST", "/v1/customers", 201, lambda: {"name": f"customer {next(NUMBERS)}"})
        customer = server.clients.get_json(made)["id"]
    for _ in range(50):
        server.clients.get_json(Request("POST", items, 201, lambda: new_order(customer)))


def compare(bare: Side, service: Side, rounds: int) -> list[Pair]:
    samples: list[Pair] = []
    for _ in range(rounds):
        with serve(bare) as ours, serve(service) as theirs:
            fill(ours, bare.items)
            fill(theirs, service.items)
            for turn in range(TURNS + 1):
                pages = [Request("GET", f"{side.items}?limit=50", 200) for side in (bare, service)]
                a, b = (server.cost(page) for server, page in zip((ours, theirs), pages, strict=True))
                if turn:  # The first one fills the caches.
                    samples.append((a, b))
    return samples


def multiply(side: Side) -> None:
    """Copies of one of its orders, until there are very many; the database knows that there are."""
    url = make_url(side.settings["DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as connection, connection:
            connection.row_factory = sqlite3.Row
            order = dict(connection.execute("SELECT * FROM orders").fetchone())
            rows = [{**order, **changes, "id": changes["id"].hex} for changes in copies(10_000)]
            names = ", ".join(f":{name}" for name in order)
            connection.executemany(f"INSERT INTO orders ({', '.join(order)}) VALUES ({names})", rows)
            connection.execute("ANALYZE")
        return
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        cursor = connection.execute("SELECT * FROM orders LIMIT 1")
        names = [column.name for column in cursor.description or ()]
        order = dict(zip(names, cursor.fetchone() or (), strict=True)) | {"extra": "{}"}
        with connection.cursor().copy(f"COPY orders ({', '.join(names)}) FROM STDIN".encode()) as copy:
            for changes in copies(1):
                copy.write_row([(order | changes)[name] for name in names])
        connection.execute("ANALYZE orders")


def copies(scale: int) -> Iterator[dict[str, Any]]:
    for number in range(ROWS):
        status = ("new", "paid", "shipped")[number % 3]
        yield {"id": uuid4(), "number": f"copy {number}", "status": status, "total": number % 9973 * scale}


def deep_pages(database: str, side: Side, rounds: int) -> Row:
    """Seconds for the page a thousand pages further, next to those for the first one."""
    with serve(side) as server:
        fill(server, side.items)
        multiply(side)
        first = f"{side.items}{WANTED}"
        cursor = None
        for _ in range(DEEP - 1):
            after = f"&cursor={cursor}" if cursor else ""
            cursor = server.clients.get_json(Request("GET", f"{first}{after}", 200))["next_cursor"]
        requests = [Request("GET", path, 200) for path in (first, f"{first}&cursor={cursor}")]
        pairs: list[Pair] = []
        for _ in range(rounds * TURNS):
            a, b = (median(server.clients.play([request], 40)) * 1e3 for request in requests)
            pairs.append((a, b))
    near, far = (median(side) for side in zip(*pairs, strict=True))
    name = f"{database}: page {DEEP} of {ROWS} rows"
    return Row(name, near, far, "ms", median(b / a for a, b in pairs), "<= 1.20")


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    for database in ("sqlite", "postgresql"):
        service = workshop.service(domains=DOMAINS, database=database, tasks="none")
        samples = compare(workshop.bare("bare_orders", database), service, rounds)
        yield capacity(f"{database}: page of 50, every type", samples, 1.0)
        yield deep_pages(database, service, rounds)
