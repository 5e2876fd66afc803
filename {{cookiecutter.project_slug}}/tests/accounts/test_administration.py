"""The first administrator, and what administrators do with accounts."""

import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.accounts import __main__ as command
from app.settings import Settings
from tests.support.accounts import Person

NEW = "another good one"


def make_account(monkeypatch: pytest.MonkeyPatch, settings: Settings, *arguments: str) -> None:
    monkeypatch.setattr(command, "read_settings", lambda: settings)
    monkeypatch.setattr(sys, "argv", ["app.accounts", *arguments])
    command.main()


def test_the_first_administrator_is_made_by_a_command(
    client: TestClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_account(monkeypatch, settings, "Root@Example.com")
    _, _, link = capsys.readouterr().out.rpartition(f"{settings.public_url}#")
    token = link.splitlines()[0]
    for status in (204, 422):
        given = {"token": token, "password": NEW}
        assert client.post("/accounts/password", json=given).status_code == status
    session = client.post("/sessions", json={"email": "root@example.com", "password": NEW}).json()
    headers = {"Authorization": f"Bearer {session['token']}"}
    assert client.get("/accounts", headers=headers).json()["items"][0]["is_admin"]


def test_the_command_makes_an_administrator_of_who_has_an_account(
    client: TestClient, settings: Settings, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/accounts", headers=ada.headers).status_code == 403
    make_account(monkeypatch, settings, ada.email)
    assert client.get("/accounts", headers=ada.headers).status_code == 200
    assert client.post("/sessions", json=ada.login).status_code == 201, "the password is as it was"


@pytest.mark.parametrize("arguments", [[], ["ada"], ["a@b.example", "c@d.example"]])
def test_the_command_says_what_it_needs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    with pytest.raises(SystemExit, match=r"make account email=ada@example\.com"):
        make_account(monkeypatch, settings, *arguments)


def test_administrators_list_accounts_page_by_page(
    client: TestClient, admin: Person, ada: Person, bob: Person
) -> None:
    query: dict[str, Any] = {"sort": "email", "limit": 2}
    first = client.get("/accounts", params=query, headers=admin.headers).json()
    assert [each["email"] for each in first["items"]] == ["ada@example.com", "admin@example.com"]
    assert "hash" not in str(first)
    query["cursor"] = first["next_cursor"]
    last = client.get("/accounts", params=query, headers=admin.headers).json()
    assert ([each["email"] for each in last["items"]], last["next_cursor"]) == ([bob.email], None)
    found = client.get("/accounts", params={"email": "BOB@example.com"}, headers=admin.headers).json()
    assert [each["id"] for each in found["items"]] == [str(bob.id)]


def test_a_deleted_account_is_gone_at_once(client: TestClient, admin: Person, ada: Person) -> None:
    path = f"/accounts/{ada.id}"
    assert client.delete(path, headers=ada.headers).status_code == 403
    assert client.get("/account", headers=ada.headers).status_code == 200
    assert client.delete(path, headers=admin.headers).status_code == 204
    assert client.get("/account", headers=ada.headers).status_code == 401
    assert client.post("/sessions", json=ada.login).status_code == 401
    assert client.delete(path, headers=admin.headers).status_code == 404


def test_the_last_administrator_stays(client: TestClient, admin: Person) -> None:
    assert client.delete(f"/accounts/{admin.id}", headers=admin.headers).status_code == 409
