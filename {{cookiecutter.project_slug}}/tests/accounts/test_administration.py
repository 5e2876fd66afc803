"""The first administrator, and what administrators do with accounts."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.accounts import __main__ as command
from app.accounts import service, state
from app.accounts.models import Account
from app.auth import SYSTEM, Principal, acting_as
from app.database import Database, migration_check, ownership_sql
from app.settings import Settings
from tests.support.accounts import Person, bearing
from tests.support.accounts import person as add_person
from tests.support.mailbox import Mailbox
from tests.support.owned_tables import OwnShelf

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


def test_the_command_says_what_its_database_lacks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(settings: Settings, words: str) -> None:
        with pytest.raises(SystemExit, match=words) as ended:
            make_account(monkeypatch, settings, "boss@b.io")
        assert "\n" not in str(ended.value.code)

    away = settings.database_url.rpartition("/")[0] + "/no/such/database"
    lacks(settings.model_copy(update={"database_url": away}), "DATABASE_URL names is away")
    revisions, _ = migration_check.known_revisions()
    monkeypatch.setattr(migration_check, "known_revisions", lambda: ({*revisions, "next"}, {"next"}))
    lacks(settings, "make migrate")


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


@pytest.mark.parametrize("query", ["hair={}", "heir={}&hair={}", "heir="])
def test_nothing_is_deleted_when_the_heir_is_mistyped(
    client: TestClient, admin: Person, ada: Person, query: str
) -> None:
    path = f"/accounts/{ada.id}?{query.format(admin.id, admin.id)}"
    refused = client.delete(path, headers=admin.headers)
    assert (refused.status_code, refused.json()["errors"][0]["source"]) == (422, "query")
    assert client.get("/account", headers=ada.headers).status_code == 200


def test_the_last_administrator_stays(client: TestClient, admin: Person) -> None:
    path = f"/accounts/{admin.id}"
    assert client.delete(path, headers=admin.headers).status_code == 409
    assert client.patch(path, json={"is_admin": False}, headers=admin.headers).status_code == 409


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_of_two_who_remove_each_other_at_once_one_stays(
    client: TestClient, settings: Settings, admin: Person, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    other = add_person(settings, "other@example.com", is_admin=True)
    find, both = service.get_other, asyncio.Barrier(2)

    async def find_together(*arguments: Any) -> Account:
        """Both are let in before the first one writes."""
        await both.wait()
        found = await find(*arguments)
        await asyncio.sleep(0.2)
        return found

    def remove(pair: tuple[Person, Person]) -> int:
        by, whom = pair
        body = {"is_admin": False} if method == "PATCH" else None
        return client.request(method, f"/accounts/{whom.id}", json=body, headers=by.headers).status_code

    monkeypatch.setattr(service, "get_other", find_together)
    with ThreadPoolExecutor(2) as pool:
        statuses = [*pool.map(remove, [(admin, other), (other, admin)])]
    assert sorted(statuses) == [200 if method == "PATCH" else 204, 409]
    by = (admin, other)[statuses.index(409) == 0]
    assert client.get("/accounts", headers=by.headers).status_code == 200


def test_an_administrator_makes_another_one_and_none(client: TestClient, admin: Person, ada: Person) -> None:
    path = f"/accounts/{ada.id}"
    assert client.patch(path, json={"is_admin": True}, headers=ada.headers).status_code == 403
    for is_admin, status in ((True, 200), (False, 403)):
        changed = client.patch(path, json={"is_admin": is_admin}, headers=admin.headers).json()
        assert (changed["email"], changed["is_admin"]) == (ada.email, is_admin)
        assert client.get("/accounts", headers=ada.headers).status_code == status
    unchanged = client.patch(path, json={}, headers=admin.headers)
    assert (unchanged.status_code, unchanged.json()) == (200, changed)
    unknown = f"/accounts/{uuid4()}"
    assert client.patch(unknown, json={"is_admin": True}, headers=admin.headers).status_code == 404


class TestWithoutSignUp:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"sign_up": False})

    @pytest.mark.usefixtures("runner")
    def test_an_administrator_makes_accounts(
        self, client: TestClient, mailbox: Mailbox, admin: Person, ada: Person
    ) -> None:
        eve = {"email": "Eve@example.com"}
        assert client.post("/accounts", json=eve, headers=ada.headers).status_code == 403
        made = client.post("/accounts", json=eve, headers=admin.headers)
        assert (made.status_code, made.json()["email"]) == (201, "eve@example.com")
        given = {"token": mailbox.token(), "password": NEW}
        assert client.post("/accounts/password", json=given).status_code == 204
        session = client.post("/sessions", json={**eve, "password": NEW}).json()
        assert client.get("/account", headers=bearing(session["token"])).json()["is_admin"] is False
        again = client.post("/accounts", json=eve, headers=admin.headers)
        assert (again.status_code, again.json()["errors"][0]["pointer"]) == (409, "#/email")


class TestWithoutMail:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"environment": "production", "smtp_url": None})

    def test_no_account_is_made_that_nobody_could_use(self, client: TestClient, admin: Person) -> None:
        eve = {"email": "eve@example.com"}
        refused = client.post("/accounts", json=eve, headers=admin.headers)
        assert (refused.status_code, "SMTP_URL" in refused.json()["detail"]) == (409, True)
        assert client.get("/accounts", params=eve, headers=admin.headers).json()["items"] == []

    @pytest.mark.parametrize("email", ["ada@example.com", "unknown@example.com"])
    def test_no_link_is_promised_to_anybody(self, client: TestClient, ada: Person, email: str) -> None:
        refused = client.post("/accounts/links", json={"email": email})
        assert (refused.status_code, "SMTP_URL" in refused.json()["detail"]) == (409, True)


async def shelve(database: Database, person: Person, name: str) -> None:
    with acting_as(Principal(str(person.id))):
        async with database.begin() as session:
            session.add(OwnShelf(name=name))


async def shelves(database: Database) -> dict[str, str]:
    with acting_as(SYSTEM):
        async with database.begin() as session:
            return {row.name: row.owner_id for row in await session.scalars(select(OwnShelf))}


@pytest.mark.usefixtures("tables")
def test_rows_go_with_their_account_or_to_an_heir(
    client: TestClient, admin: Person, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership_sql, "owned_tables", lambda: [OwnShelf.__table__])
    assert client.portal
    database = client.app_state["database"]
    for person, name in ((admin, "hers"), (ada, "Ada's"), (bob, "Bob's")):
        client.portal.call(shelve, database, person, name)
    unknown = {"heir": str(uuid4())}
    assert client.delete(f"/accounts/{ada.id}", params=unknown, headers=admin.headers).status_code == 404
    itself = {"heir": str(ada.id)}
    assert client.delete(f"/accounts/{ada.id}", params=itself, headers=admin.headers).status_code == 409
    heir = {"heir": str(admin.id)}
    assert client.delete(f"/accounts/{ada.id}", params=heir, headers=admin.headers).status_code == 204
    assert client.delete(f"/accounts/{bob.id}", headers=admin.headers).status_code == 204
    assert client.portal.call(shelves, database) == {"hers": str(admin.id), "Ada's": str(admin.id)}


@pytest.mark.usefixtures("tables")
def test_an_account_stays_when_its_heir_has_a_value_already(
    client: TestClient, admin: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership_sql, "owned_tables", lambda: [OwnShelf.__table__])
    assert client.portal
    for person in (admin, ada):
        client.portal.call(shelve, client.app_state["database"], person, "the same")
    heir = {"heir": str(admin.id)}
    refused = client.delete(f"/accounts/{ada.id}", params=heir, headers=admin.headers)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Both have the same name in _shelves: change one.",
    )
    assert client.get("/account", headers=ada.headers).status_code == 200


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("with_heir", [False, True])
def test_what_belongs_to_an_organisation_stays(
    client: TestClient, admin: Person, ada: Person, monkeypatch: pytest.MonkeyPatch, with_heir: bool
) -> None:
    monkeypatch.setattr(ownership_sql, "owned_tables", lambda: [OwnShelf.__table__])
    monkeypatch.setattr(Principal, "owner", property(lambda _: "org:shop"))
    assert client.portal
    database = client.app_state["database"]
    client.portal.call(shelve, database, ada, "ours")
    heir = {"heir": str(admin.id)} if with_heir else {}
    assert client.delete(f"/accounts/{ada.id}", params=heir, headers=admin.headers).status_code == 204
    assert client.portal.call(shelves, database) == {"ours": "org:shop"}


def test_accounts_may_differ_in_what_they_may_do(
    client: TestClient, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scopes_of(account: Account) -> frozenset[str]:
        return frozenset({"tasks:read"} if account.email == ada.email else ())

    monkeypatch.setattr(state, "scopes_of", scopes_of)
    assert client.get("/tasks", headers=ada.headers).status_code == 200
    assert client.get("/tasks", headers=bob.headers).status_code == 403


@pytest.mark.usefixtures("tables")
def test_the_command_gives_rows_of_another_owner(
    client: TestClient,
    settings: Settings,
    admin: Person,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ownership_sql, "owned_tables", lambda: [OwnShelf.__table__])
    assert client.portal
    database = client.app_state["database"]
    nobody = Person(uuid4(), "", "")
    client.portal.call(shelve, database, nobody, "left")
    for given in (1, 0):
        make_account(monkeypatch, settings, admin.email, f"owner={nobody.id}")
        assert f"It was given {given} rows." in capsys.readouterr().out
    assert client.portal.call(shelves, database) == {"left": str(admin.id)}
    client.portal.call(shelve, database, nobody, "left")
    with pytest.raises(SystemExit, match="Both have the same name in _shelves"):
        make_account(monkeypatch, settings, admin.email, f"owner={nobody.id}")
