from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from app.settings import Settings
from tests.support.processes import Process
from .conftest import Mail, Order


def confirmation(client: TestClient) -> dict[str, Any]:
    """The record of the only task."""
    (task,) = client.get("/tasks").json()["items"]
    assert task["name"] == "orders.send_confirmation"
    return {**task}


def test_an_order_is_confirmed_to_its_customer(
    client: TestClient, mail: Mail, customer: str, order: Order
) -> None:
    made = order(customer)
    assert confirmation(client)["state"] == "succeeded"
    message = {"to": "ada@example.com", "order": made["id"], "total": "25.00"}
    assert mail.messages == [("Bearer token-for-tests", message)]
    assert made["status"] == "confirmed"


def test_a_confirmation_that_is_refused_is_sent_again(
    client: TestClient, mail: Mail, customer: str, order: Order
) -> None:
    mail.failures = [503]
    order(customer)
    record = confirmation(client)
    assert (record["state"], record["attempts"]) == ("succeeded", 2)
    assert len(mail.messages) == 2


def test_an_order_that_is_refused_sends_no_confirmation(
    client: TestClient, mail: Mail, customer: str
) -> None:
    lines = [{"book_id": str(uuid4()), "quantity": 1}]
    refused = client.post("/v1/orders", json={"customer_id": customer, "lines": lines})
    assert refused.status_code == 422
    assert client.get("/tasks").json()["items"] == []


def test_an_order_that_is_sent_twice_is_one_order_with_one_confirmation(
    client: TestClient, customer: str, book: str
) -> None:
    body = {"customer_id": customer, "lines": [{"book_id": book, "quantity": 1}]}
    headers = {"Idempotency-Key": "first"}
    first, second = (client.post("/v1/orders", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["Location"] == second.headers["Location"] == f"/v1/orders/{first.json()['id']}"
    assert "Retry-After" not in first.headers
    confirmation(client)


def test_a_process_of_a_test_gets_the_token(settings: Settings, tmp_path: Path) -> None:
    program = "import os; print(os.environ['MAIL_TOKEN'], end='')"
    process = Process(settings, tmp_path / "log", "-c", program)
    assert process.wait() == 0
    assert process.log.read_text() == "token-for-tests"
