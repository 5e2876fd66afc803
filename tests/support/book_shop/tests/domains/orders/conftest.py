"""What the tests of orders share: a shop with books and customers, and a service that sends its messages."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.domains.books.factory import make_book
from tests.domains.customers.factory import make_customer
from tests.support.waiting import Wait

Order = Callable[..., dict[str, Any]]


@dataclass
class Mail:
    """What the service was sent; it returns these statuses first, and then 202."""

    url: str
    failures: list[int] = field(default_factory=list)
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def mail() -> Iterator[Mail]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            mail.messages.append((self.headers["Authorization"], body))
            self.send_response(mail.failures.pop(0) if mail.failures else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mail = Mail(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, args=(0.01,)).start()
        yield mail
        server.shutdown()


@pytest.fixture
def settings(settings: Settings, mail: Mail) -> Settings:
    return settings.model_copy(update={"mail_url": mail.url})


@pytest.fixture
def customer(client: TestClient) -> str:
    return str(make_customer(client, email="ada@example.com")["id"])


@pytest.fixture
def book(client: TestClient) -> str:
    return str(make_book(client, price="12.50", status="available")["id"])


@pytest.fixture
def order(client: TestClient, book: str, wait: Wait) -> Order:
    """Orders two copies of a book, and waits until the order is confirmed."""

    def order(customer: str) -> dict[str, Any]:
        lines = [{"book_id": book, "quantity": 2}]
        created = client.post("/v1/orders", json={"customer_id": customer, "lines": lines})
        assert created.status_code == 201, created.text
        for task in client.get("/tasks").json()["items"]:
            wait(f"/tasks/{task['id']}")
        found: dict[str, Any] = client.get(created.headers["Location"]).json()
        return found

    return order
