"""Keys: tokens of programs, which can do no more than who made them."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient

from app.accounts.models import Account, Token
from app.clock import now
from tests.support.accounts import Person, bearing, change


def wanted(*scopes: str, days: int = 1) -> dict[str, Any]:
    return {"name": "ci", "scopes": scopes, "expires_at": (now() + timedelta(days=days)).isoformat()}


def key_of(client: TestClient, person: Person, *scopes: str) -> dict[str, Any]:
    response = client.post("/account/keys", json=wanted(*scopes), headers=person.headers)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def test_a_key_does_what_its_scopes_say_and_is_shown_once(client: TestClient, ada: Person) -> None:
    key = key_of(client, ada, "tasks:read")
    assert re.fullmatch(r"key_[\w-]{43}", key["token"])
    headers = bearing(key["token"])
    assert client.get("/tasks", headers=headers).status_code == 200
    assert client.post("/simulations", json={"wait_time": 1}, headers=headers).status_code == 403
    [shown] = client.get("/account/keys", headers=ada.headers).json()
    assert (shown["name"], shown["scopes"]) == ("ci", ["tasks:read"])
    assert "token" not in shown


def test_a_key_ends_when_it_is_deleted_and_at_its_date(client: TestClient, ada: Person) -> None:
    first, second = (key_of(client, ada, "tasks:read") for _ in range(2))
    assert client.delete(f"/account/keys/{first['id']}", headers=ada.headers).status_code == 204
    assert client.get("/tasks", headers=bearing(first["token"])).status_code == 401
    assert client.get("/tasks", headers=bearing(second["token"])).status_code == 200
    change(client, Token, UUID(second["id"]), expires_at=now())
    assert client.get("/tasks", headers=bearing(second["token"])).status_code == 401
    assert client.get("/account/keys", headers=ada.headers).json() == []


def test_nobody_deletes_the_key_of_another(client: TestClient, ada: Person, bob: Person) -> None:
    key = key_of(client, bob, "tasks:read")
    path = f"/account/keys/{key['id']}"
    assert client.delete(path, headers=ada.headers).status_code == 404
    # Nor is a session a key.
    assert client.delete(path.replace("keys", "sessions"), headers=bob.headers).status_code == 404
    assert client.get("/tasks", headers=bearing(key["token"])).status_code == 200


def test_what_an_account_may_no_longer_do_its_keys_may_not_either(client: TestClient, admin: Person) -> None:
    key = bearing(key_of(client, admin, "admin", "tasks:read")["token"])
    assert client.get("/accounts", headers=key).status_code == 200
    change(client, Account, admin.id, is_admin=False)
    assert client.get("/accounts", headers=key).status_code == 403
    assert client.get("/tasks", headers=key).status_code == 200


def test_no_key_makes_changes_or_deletes_accounts(client: TestClient, admin: Person, ada: Person) -> None:
    key = bearing(key_of(client, admin, "admin")["token"])
    tries: list[tuple[str, str, Any]] = [
        ("POST", "/accounts", {"email": "eve@example.com"}),
        ("PATCH", f"/accounts/{ada.id}", {"is_admin": True}),
        ("DELETE", f"/accounts/{ada.id}", None),
    ]
    for method, path, body in tries:
        refused = client.request(method, path, json=body, headers=key)
        assert (refused.status_code, "POST /sessions" in refused.json()["detail"]) == (403, True), method
    shown = client.get("/accounts", headers=key).json()["items"]
    assert {each["email"]: each["is_admin"] for each in shown} == {admin.email: True, ada.email: False}


def test_a_key_ends_in_the_future_and_has_a_scope(client: TestClient, ada: Person) -> None:
    for body, pointer in ((wanted("tasks:read", days=-1), "#/expires_at"), (wanted(), "#/scopes")):
        response = client.post("/account/keys", json=body, headers=ada.headers)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)
    naive = {**wanted("tasks:read"), "expires_at": datetime(2100, 1, 1).isoformat()}
    assert client.post("/account/keys", json=naive, headers=ada.headers).status_code == 422
