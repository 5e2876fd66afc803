"""Signing in and out, and what a session is."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from app.accounts.models import Token
from app.accounts.repository import TokenRepository
from app.clock import now
from tests.support.accounts import Person, bearing, change, look


def sign_in(client: TestClient, person: Person) -> dict[str, Any]:
    response = client.post("/sessions", json=person.login)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


@contextmanager
def statements() -> Generator[list[str]]:
    """All that is sent to any database, by background tasks too."""
    sent: list[str] = []

    def remember(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", remember)
    yield sent
    event.remove(Engine, "before_cursor_execute", remember)


def test_a_session_is_shown_once_and_the_database_does_not_know_it(client: TestClient, ada: Person) -> None:
    response = client.post("/sessions", json=ada.login, headers={"User-Agent": "a phone"})
    issued = response.json()
    assert re.fullmatch(r"ses_[\w-]{43}", issued["token"])
    assert response.headers["Cache-Control"] == "no-store"
    shown = client.get("/account/sessions", headers=bearing(issued["token"])).json()
    assert [each["name"] for each in shown] == ["a phone", "tests"]
    assert "token" not in shown[0]
    row = look(client, Token, UUID(issued["id"]))
    assert issued["token"][4:] not in str(vars(row))


def test_a_repeated_request_gets_a_session_of_its_own(client: TestClient, ada: Person) -> None:
    """Nothing keeps the token, the store of idempotency keys neither."""
    key = {"Idempotency-Key": "again"}
    first, second = (client.post("/sessions", json=ada.login, headers=key).json() for _ in range(2))
    assert first["token"] != second["token"]


def test_a_list_says_which_session_this_is(client: TestClient, ada: Person) -> None:
    other = sign_in(client, ada)
    for token, current in ((ada.token, "tests"), (other["token"], other["name"])):
        shown = client.get("/account/sessions", headers=bearing(token)).json()
        assert [each["name"] for each in shown if each["is_current"]] == [current]


@pytest.mark.parametrize("email", ["ada", "ada@shop", "ada@example.com\n", f"{'a' * 65}@example.com"])
def test_what_is_no_address_is_told_by_an_example(client: TestClient, email: str) -> None:
    [error] = client.post("/sessions", json={"email": email, "password": "a"}).json()["errors"]
    assert (error["type"], error["detail"]) == (
        "email",
        "This is no e-mail address, such as ada@example.com.",
    )


def test_an_address_has_no_capitals(client: TestClient, ada: Person) -> None:
    login = {**ada.login, "email": "Ada@Example.COM"}
    assert client.post("/sessions", json=login).status_code == 201


def test_one_session_ends_and_the_others_go_on(client: TestClient, ada: Person) -> None:
    other = sign_in(client, ada)
    assert client.delete(f"/account/sessions/{other['id']}", headers=ada.headers).status_code == 204
    assert client.get("/account", headers=bearing(other["token"])).status_code == 401
    assert client.get("/account", headers=ada.headers).status_code == 200
    assert client.delete(f"/account/sessions/{other['id']}", headers=ada.headers).status_code == 404


def test_all_sessions_end_and_keys_go_on(client: TestClient, ada: Person) -> None:
    expires_at = (now() + timedelta(days=1)).isoformat()
    wanted = {"name": "ci", "scopes": ["tasks:read"], "expires_at": expires_at}
    key = client.post("/account/keys", json=wanted, headers=ada.headers).json()
    other = sign_in(client, ada)
    assert client.delete("/account/sessions", headers=ada.headers).status_code == 204
    for token in (ada.token, other["token"]):
        assert client.get("/account", headers=bearing(token)).status_code == 401
    assert client.get("/tasks", headers=bearing(key["token"])).status_code == 200


def test_nobody_ends_the_session_of_another(client: TestClient, ada: Person, bob: Person) -> None:
    other = sign_in(client, bob)
    for id in (other["id"], uuid4()):
        assert client.delete(f"/account/sessions/{id}", headers=ada.headers).status_code == 404
    assert client.get("/account", headers=bearing(other["token"])).status_code == 200


def test_a_checked_session_costs_one_query(client: TestClient, ada: Person) -> None:
    with statements() as sent:
        assert client.post("/simulations/sync", json={}, headers=ada.headers).status_code == 422
    assert len([statement for statement in sent if "auth_" in statement]) == 1, sent


def test_when_it_was_used_is_known_to_the_minute(client: TestClient, ada: Person) -> None:
    client.get("/account", headers=ada.headers)
    assert client.portal
    client.portal.call(client.app_state["accounts"].sweep)
    [shown] = client.get("/account/sessions", headers=ada.headers).json()
    assert shown["used_at"].endswith(":00Z")


def test_what_has_expired_is_swept(client: TestClient, ada: Person) -> None:
    other = sign_in(client, ada)
    change(client, Token, UUID(other["id"]), expires_at=now())
    assert len(client.get("/account/sessions", headers=ada.headers).json()) == 1
    assert client.portal
    client.portal.call(client.app_state["accounts"].sweep)
    assert look(client, Token, UUID(other["id"])) is None


def test_a_sweep_that_fails_is_logged_and_comes_again(
    client: TestClient, ada: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/account", headers=ada.headers)
    accounts = client.app_state["accounts"]
    assert client.portal
    with monkeypatch.context() as context:
        context.setattr(TokenRepository, "sweep", lambda _: 1 / 0)
        client.portal.call(accounts.sweep)
    assert "tokens_not_swept" in capsys.readouterr().out
    client.get("/account", headers=ada.headers)
    client.portal.call(accounts.sweep)
    assert client.get("/account/sessions", headers=ada.headers).json()[0]["used_at"]
