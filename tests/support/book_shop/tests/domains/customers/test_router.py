from typing import Any

import pytest
from fastapi.testclient import TestClient

URL = "/v1/customers"


def create(client: TestClient, *names: str) -> list[dict[str, Any]]:
    return [client.post(URL, json={"name": name, "email": f"{name}@example.com"}).json() for name in names]


def test_a_customer_is_created_and_found_at_its_location(client: TestClient) -> None:
    created = client.post(URL, json={"name": "Ada", "email": "ada@example.com"})
    assert created.status_code == 201
    assert client.get(created.headers["Location"]).json() == created.json()


def test_two_customers_may_have_one_name_but_not_one_email(client: TestClient) -> None:
    create(client, "ada")
    other = {"name": "ada", "email": "other@example.com"}
    assert client.post(URL, json=other).status_code == 201
    assert client.post(URL, json=other).status_code == 409


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.com", "a b@example.com", "x" * 251 + "@a.b"])
def test_a_wrong_email_is_refused(client: TestClient, email: str) -> None:
    refused = client.post(URL, json={"name": "Ada", "email": email})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/email"


def test_a_customer_is_changed_listed_and_deleted(client: TestClient) -> None:
    ada, bob = create(client, "ada", "bob")
    changed = client.patch(f"{URL}/{ada['id']}", json={"name": "Ada Lovelace"}).json()
    assert client.get(URL).json()["items"] == [changed, bob]
    assert client.delete(f"{URL}/{ada['id']}").status_code == 204
    assert client.get(URL).json()["items"] == [bob]
