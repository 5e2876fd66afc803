"""What attackers try, as tables: each try has the same answer as any other one of its kind."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.types import Receive, Scope, Send

from app.accounts.models import Token
from app.accounts.repository import TokenRepository, digest_of
from app.clock import now
from app.idempotency.store_sql import KEYS
from app.settings import Settings
from tests.accounts.test_keys import key_of, wanted
from tests.support.accounts import PASSWORD, Person, bearing, change
from tests.support.mailbox import Mailbox


def issue(client: TestClient, row: Token) -> str:
    async def write() -> str:
        async with client.app_state["database"].begin() as session:
            return await TokenRepository(session).issue(row)

    assert client.portal
    return client.portal.call(write)


def ended_session(client: TestClient, ada: Person) -> str:
    issued = client.post("/sessions", json=ada.login).json()
    client.delete(f"/account/sessions/{issued['id']}", headers=ada.headers)
    return str(issued["token"])


def expired_session(client: TestClient, ada: Person) -> str:
    issued = client.post("/sessions", json=ada.login).json()
    change(client, Token, UUID(issued["id"]), expires_at=now())
    return str(issued["token"])


def ended_key(client: TestClient, ada: Person) -> str:
    key = key_of(client, ada, "tasks:read")
    client.delete(f"/account/keys/{key['id']}", headers=ada.headers)
    return str(key["token"])


def link(kind: Any) -> Callable[[TestClient, Person], str]:
    def make(client: TestClient, ada: Person) -> str:
        row = Token(kind=kind, account_id=ada.id, name="", expires_at=now() + timedelta(minutes=1))
        return issue(client, row)

    return make


# Of these, all but the header of one is good.
BAD_TOKENS: dict[str, Callable[[TestClient, Person], str]] = {
    "none": lambda *_: "",
    "guessed": lambda *_: f"ses_{'A' * 43}",
    "an ended session": ended_session,
    "an expired session": expired_session,
    "a deleted key": ended_key,
    "a reset link": link("reset"),
    "a verification link": link("verify"),
    "one letter less": lambda _, ada: ada.token[:-1],
    "one letter more": lambda _, ada: f"{ada.token}A",
    "another case": lambda _, ada: ada.token.swapcase(),
    "another kind": lambda _, ada: ada.token.replace("ses_", "key_"),
    "no kind": lambda _, ada: ada.token.removeprefix("ses_"),
    "its digest": lambda _, ada: f"ses_{digest_of(ada.token)}",
    "SQL": lambda *_: "ses_'--",
    "a long one": lambda *_: f"ses_{'A' * 60_000}",
    "twice": lambda _, ada: f"{ada.token} {ada.token}",
    "a wildcard": lambda *_: "ses_%",
}


def test_a_bad_token_is_refused_and_nothing_says_why(client: TestClient, ada: Person) -> None:
    details = set()
    for name, make in BAD_TOKENS.items():
        response = client.get("/account", headers=bearing(make(client, ada)))
        assert response.status_code == 401, name
        assert response.headers["WWW-Authenticate"] == "Bearer", name
        details.add(response.json()["detail"])
    assert len(details) == 1
    assert client.get("/account", headers=ada.headers).status_code == 200


def test_a_login_is_refused_and_nothing_says_why(client: TestClient, ada: Person) -> None:
    client.post("/accounts/links", json={"email": "eve@example.com"})
    wrong = {
        "password": {**ada.login, "password": "another good one"},
        "space": {**ada.login, "password": f"{PASSWORD} "},
        "case": {**ada.login, "password": PASSWORD.upper()},
        "account": {**ada.login, "email": "unknown@example.com"},
        "unverified": {**ada.login, "email": "eve@example.com"},
        "empty": {**ada.login, "password": ""},
    }
    answers = [client.post("/sessions", json=login) for login in wrong.values()]
    assert {(each.status_code, each.json()["detail"]) for each in answers} == {
        (401, "The address or the password is wrong.")
    }
    assert {each.headers["WWW-Authenticate"] for each in answers} == {"Bearer"}


BAD_ADDRESSES = [
    "eve@example.com\r\nBcc: all@example.com",
    "eve@example.com\nBcc: all@example.com",
    "eve@example.com%0ABcc: all@example.com",
    "eve@example.com\0",
    "eve@example.com,all@example.com",
    "eve@example.com all@example.com",
    "<eve@example.com>",
    "Eve <eve@example.com>",
    '"eve\r\n"@example.com',
    "eve@example.com>\r\nDATA",
    "eve@exämple.com",
    "eve@ex\u0430mple.com",
    "eve@localhost",
    "eve@-example.com",
    "eve@example..com",
    "eve@@example.com",
    "@example.com",
    "eve",
    "",
    f"{'e' * 65}@example.com",
    f"eve@{'example.' * 40}com",
]


def test_an_address_brings_no_header_and_no_other_recipient(client: TestClient, mailbox: Mailbox) -> None:
    for email in BAD_ADDRESSES:
        assert client.post("/accounts/links", json={"email": email}).status_code == 422, email
        response = client.post("/sessions", json={"email": email, "password": PASSWORD})
        assert response.status_code == 422, email
        assert "Bcc" not in response.text
    assert mailbox.mails == []


FOR_SESSIONS_ONLY = {
    "GET /account": None,
    "GET /account/sessions": None,
    "DELETE /account/sessions": None,
    "GET /account/keys": None,
    "POST /account/keys": wanted("tasks:read"),
    "PUT /account/password": {"current_password": PASSWORD, "password": "another good one"},
}


def test_a_key_makes_no_other_and_changes_no_account(client: TestClient, admin: Person, ada: Person) -> None:
    for person, scope in ((ada, "tasks:read"), (admin, "admin")):
        key = bearing(key_of(client, person, scope)["token"])
        for operation, body in FOR_SESSIONS_ONLY.items():
            method, path = operation.split()
            assert client.request(method, path, json=body, headers=key).status_code == 403, operation
        assert client.get("/account", headers=person.headers).status_code == 200


def test_no_key_has_a_scope_that_its_maker_lacks(client: TestClient, ada: Person, admin: Person) -> None:
    for scopes in (["admin"], ["tasks:read", "admin"], ["*"], ["tasks:*"], ["unknown:read"], [""], ["ADMIN"]):
        response = client.post("/account/keys", json=wanted(*scopes), headers=ada.headers)
        assert response.status_code == 422, scopes
    for more in ({"kind": "session"}, {"account_id": str(admin.id)}, {"is_admin": True}):
        body = {**wanted("tasks:read"), **more}
        assert client.post("/account/keys", json=body, headers=ada.headers).status_code == 422, more
    for path in ("/accounts/links", "/accounts/password", "/sessions"):
        body = {**ada.login, "is_admin": True}
        assert client.post(path, json=body).status_code == 422, path


PUBLIC = {
    ("post", "/sessions"),
    ("post", "/accounts/links"),
    ("post", "/accounts/password"),
}


def test_every_other_operation_needs_a_session_or_an_administrator(client: TestClient, ada: Person) -> None:
    key = bearing(key_of(client, ada, "tasks:read")["token"])
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        if path.split("/")[1] not in ("account", "accounts", "sessions"):
            continue
        url = path.replace("{kind}", "keys").replace("{token_id}", str(ada.id)).replace("{id}", str(ada.id))
        for method, operation in operations.items():
            guarded = (method, path) not in PUBLIC
            assert bool(operation.get("security")) == guarded, (method, path)
            for headers, status in (({}, 401), (key, 403)):
                response = client.request(method, url, headers=headers)
                assert response.status_code == (status if guarded else 422), (method, path)


def test_who_is_no_administrator_sees_no_account(client: TestClient, ada: Person, bob: Person) -> None:
    assert client.get("/accounts", headers=ada.headers).status_code == 403
    assert client.delete(f"/accounts/{bob.id}", headers=ada.headers).status_code == 403
    assert client.get("/account", headers=bob.headers).status_code == 200


def test_a_key_of_a_deleted_account_is_none(client: TestClient, admin: Person, ada: Person) -> None:
    key = key_of(client, ada, "tasks:read")["token"]
    reset = link("reset")(client, ada)
    client.delete(f"/accounts/{ada.id}", headers=admin.headers)
    assert client.get("/tasks", headers=bearing(key)).status_code == 401
    given = {"token": reset, "password": "another good one"}
    assert client.post("/accounts/password", json=given).status_code == 422


def test_only_a_link_chooses_a_password(client: TestClient, ada: Person) -> None:
    key = key_of(client, ada, "tasks:read")["token"]
    for token in (ada.token, key, digest_of(ada.token), "", "rst_"):
        given = {"token": token, "password": "another good one"}
        assert client.post("/accounts/password", json=given).status_code == 422, token
    assert client.post("/sessions", json=ada.login).status_code == 201


@pytest.mark.parametrize("email", ["ada@example.com", "unknown@example.com"])
def test_a_key_that_another_client_has_used_hinders_nobody(
    client: TestClient, ada: Person, email: str
) -> None:
    key = {"Idempotency-Key": "1"}
    for each in (email, "eve@example.com", email):
        assert client.post("/accounts/links", json={"email": each}, headers=key).status_code == 202


def test_nothing_that_is_made_of_a_password_is_kept(client: TestClient, ada: Person) -> None:
    key = {**ada.headers, "Idempotency-Key": "1"}
    given = {"current_password": PASSWORD, "password": "another good one"}
    assert client.put("/account/password", json=given, headers=key).status_code == 204
    link_given = {"token": link("reset")(client, ada), "password": PASSWORD}
    assert client.post("/accounts/password", json=link_given, headers=key).status_code == 204

    async def kept() -> list[Any]:
        async with client.app_state["database"].begin() as session:
            return list((await session.execute(select(KEYS))).all())

    assert client.portal
    assert client.portal.call(kept) == []


@pytest.mark.parametrize("content", [b"{", b'{"\\ud800": 1}'])
def test_a_body_that_cannot_be_read_tells_nothing_without_a_token(
    client: TestClient, ada: Person, content: bytes
) -> None:
    for headers, status in (({}, 401), (ada.headers, 422)):
        sent = {"Content-Type": "application/json", **headers}
        assert client.put("/account/password", content=content, headers=sent).status_code == status


class TestBruteForce:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"login_rate_limit": "3/hour"})

    @pytest.fixture
    def client(self, app: FastAPI) -> Iterator[TestClient]:
        """Its requests come from the address that their header says."""

        async def connect(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                scope["client"] = (dict(scope["headers"])[b"x-from"].decode(), 1)
            await app(scope, receive, send)

        with TestClient(connect) as client:
            yield client

    def guess(self, client: TestClient, address: str, login: dict[str, str]) -> int:
        return client.post("/sessions", json=login, headers={"X-From": address}).status_code

    def test_an_account_is_guessed_at_a_few_times_from_wherever(
        self, client: TestClient, ada: Person, bob: Person
    ) -> None:
        wrong = {**ada.login, "password": "another good one"}
        assert [self.guess(client, f"192.0.2.{n}", wrong) for n in range(5)] == [401, 401, 401, 429, 429]
        assert self.guess(client, "192.0.2.9", ada.login) == 429, "the right one tells nothing now"
        assert self.guess(client, "192.0.2.9", {**ada.login, "email": ada.email.upper()}) == 429
        assert self.guess(client, "192.0.2.8", bob.login) == 201

    def test_a_client_guesses_a_few_times_whoever_it_is_at(
        self, client: TestClient, ada: Person, bob: Person
    ) -> None:
        wrong = [{**ada.login, "email": f"{n}@example.com"} for n in range(5)]
        assert [self.guess(client, "192.0.2.1", login) for login in wrong] == [401, 401, 401, 429, 429]
        response = client.post("/sessions", json=ada.login, headers={"X-From": "192.0.2.1"})
        assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (429, True)
        assert self.guess(client, "192.0.2.2", ada.login) == 201

    def test_nobody_is_drowned_in_mails(self, client: TestClient, ada: Person) -> None:
        for email in ("eve@example.com", ada.email):
            sent = [
                client.post("/accounts/links", json={"email": email}, headers={"X-From": f"{n} of {email}"})
                for n in range(5)
            ]
            assert [each.status_code for each in sent] == [202, 202, 202, 429, 429]
