"""Which passwords there may be, how they are compared, and how one is changed."""

import asyncio
import unicodedata
from time import perf_counter, sleep
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from app.accounts.models import Account
from app.accounts.passwords import AT_ONCE, Passwords
from app.errors import InvalidError
from tests.support.accounts import PASSWORD, Person, bearing, change, hash_of, look

NEW = "another good one"


def test_the_commonest_are_refused_however_they_are_written() -> None:
    passwords = Passwords()
    for common in ("password", "Password1", "STARWARS", "ｉｌｏｖｅｙｏｕ"):
        with pytest.raises(InvalidError):
            asyncio.run(passwords.hash(common))
    assert len(passwords.common) == 3000
    assert min(map(len, passwords.common)) >= 8


async def test_an_accent_is_the_same_however_a_machine_sends_it() -> None:
    passwords = Passwords()
    hashed = await passwords.hash(unicodedata.normalize("NFC", "ein schöner Tag, 비밀번호"))
    assert await passwords.matches(unicodedata.normalize("NFD", "ein schöner Tag, 비밀번호"), hashed)


async def test_what_is_no_hash_matches_nothing() -> None:
    passwords = Passwords()
    for hashed in (None, "", "no hash", hash_of("another")):
        assert not await passwords.matches(PASSWORD, hashed)


async def test_few_are_compared_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    busy: list[int] = []
    most: list[int] = []

    def verify(*_: object) -> bool:
        busy.append(1)
        most.append(len(busy))
        sleep(0.02)
        busy.pop()
        return False

    passwords = Passwords()
    monkeypatch.setattr(passwords, "_verify", verify)
    await asyncio.gather(*(passwords.matches(PASSWORD, None) for _ in range(12)))
    assert max(most) == AT_ONCE


@pytest.mark.usefixtures("costly_hashes")
def test_a_hash_of_older_parameters_is_replaced_at_the_next_login(client: TestClient, ada: Person) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    change(client, Account, ada.id, password_hash=older)
    assert client.post("/sessions", json=ada.login).status_code == 201
    row = look(client, Account, ada.id)
    assert row
    assert row.password_hash
    assert not PasswordHasher().check_needs_rehash(row.password_hash)
    assert client.post("/sessions", json=ada.login).status_code == 201


LENGTHS = {"": 422, "7 chars": 422, "8 letter": 204, "x" * 64 + "y" * 64: 204, "x" * 129: 422}


def test_a_password_has_8_to_128_characters_of_any_kind(client: TestClient, ada: Person) -> None:
    current = PASSWORD
    for password, status in LENGTHS.items():
        given = {"current_password": current, "password": password}
        response = client.put("/account/password", json=given, headers=ada.headers)
        assert response.status_code == status, (password, response.text)
        assert not password or password not in response.text
        assert "items" not in response.text
        current = password if status == 204 else current


def test_a_change_ends_all_other_sessions(client: TestClient, ada: Person) -> None:
    other = client.post("/sessions", json=ada.login).json()["token"]
    given = {"current_password": PASSWORD, "password": NEW}
    assert client.put("/account/password", json=given, headers=ada.headers).status_code == 204
    assert client.get("/account", headers=bearing(other)).status_code == 401
    assert client.get("/account", headers=ada.headers).status_code == 200
    assert client.post("/sessions", json=ada.login).status_code == 401
    assert client.post("/sessions", json={**ada.login, "password": NEW}).status_code == 201


def test_a_change_needs_the_current_password(client: TestClient, ada: Person) -> None:
    given = {"current_password": NEW, "password": NEW}
    response = client.put("/account/password", json=given, headers=ada.headers)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "#/current_password")
    given = {"current_password": PASSWORD, "password": "iloveyou"}
    response = client.put("/account/password", json=given, headers=ada.headers)
    assert (response.status_code, response.json()["errors"][0]["type"]) == (422, "common")
    assert client.post("/sessions", json=ada.login).status_code == 201


def test_a_login_that_crosses_a_change_gets_no_session(client: TestClient, ada: Person) -> None:
    """It was checked against the old password, and comes to its session after the change."""
    passwords = client.app_state["accounts"].passwords
    renew = passwords.renew

    async def renew_late(*arguments: Any) -> str:
        async with client.app_state["database"].begin() as session:
            row = await session.get(Account, ada.id)
            row.password_hash = hash_of(NEW)
        renewed: str = await renew(*arguments)
        return renewed

    passwords.renew = renew_late
    assert client.post("/sessions", json=ada.login).status_code == 401


def fastest(client: TestClient, logins: list[dict[str, str]], rounds: int) -> list[float]:
    """Of each login, by turns: a busy machine is so to all of them."""
    times: list[list[float]] = [[] for _ in logins]
    for _ in range(rounds):
        for login, found in zip(logins, times, strict=True):
            start = perf_counter()
            assert client.post("/sessions", json=login).status_code == 401
            found.append(perf_counter() - start)
    return [min(each) for each in times]


@pytest.mark.usefixtures("costly_hashes")
def test_an_unknown_address_takes_as_long_as_a_wrong_password(client: TestClient, ada: Person) -> None:
    wrong = {**ada.login, "password": NEW}
    unknown = {**wrong, "email": "unknown@example.com"}
    known, other = fastest(client, [wrong, unknown], 7)
    assert 0.6 < other / known < 1.7
