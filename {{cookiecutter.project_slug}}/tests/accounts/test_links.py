"""Signing up, and choosing a password by a link in a mail."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text, update

from app.accounts.models import Account, Token
from app.accounts.repository import AccountRepository
from app.accounts.tasks import send_link
from app.clock import now
from app.settings import Settings
from app.tasks.registry import POLICIES, RetryPolicy
from tests.support.accounts import PASSWORD, Person, bearing, change
from tests.support.mailbox import Mailbox
from tests.support.processes import until

pytestmark = pytest.mark.usefixtures("runner")
NEW = "another good one"
EVE = {"email": "eve@example.com"}


def choose(client: TestClient, token: str, password: str = NEW) -> int:
    return client.post("/accounts/password", json={"token": token, "password": password}).status_code


def test_who_signs_up_proves_the_address_and_then_signs_in(client: TestClient, mailbox: Mailbox) -> None:
    response = client.post("/accounts/links", json={"email": "Eve@Example.com"})
    assert (response.status_code, response.content) == (202, b"")
    document = client.get("/openapi.json").json()["paths"]["/accounts/links"]["post"]
    assert "content" not in document["responses"]["202"]
    assert client.post("/sessions", json={**EVE, "password": NEW}).status_code == 401
    token = mailbox.token()
    assert token.startswith("vfy_")
    assert choose(client, token) == 204
    session = client.post("/sessions", json={**EVE, "password": NEW}).json()["token"]
    account = client.get("/account", headers=bearing(session)).json()
    assert (account["email"], account["is_admin"]) == ("eve@example.com", False)
    assert "admin" not in account["scopes"]


def test_a_forgotten_password_is_replaced_and_all_sessions_end(
    client: TestClient, mailbox: Mailbox, ada: Person
) -> None:
    assert client.post("/accounts/links", json={"email": ada.email}).status_code == 202
    token = mailbox.token()
    assert token.startswith("rst_")
    assert choose(client, token) == 204
    assert client.get("/account", headers=ada.headers).status_code == 401
    assert client.post("/sessions", json=ada.login).status_code == 401
    assert client.post("/sessions", json={**ada.login, "password": NEW}).status_code == 201


def test_a_mail_is_for_people_and_for_servers(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    client.post("/accounts/links", json={"email": ada.email})
    mailbox.token()
    [mail] = mailbox.mails
    assert (mail["To"], mail["From"]) == (ada.email, "service@localhost")
    assert mail["Subject"]
    assert mail["Message-ID"]
    assert mail["Date"]


def test_a_link_works_once_and_ends_the_others(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    for _ in range(2):
        client.post("/accounts/links", json={"email": ada.email})
    first, second = mailbox.token(1), mailbox.token(2)
    assert choose(client, first, "iloveyou") == 422, "one of the commonest: the link is not used up"
    assert [choose(client, token) for token in (first, first, second)] == [204, 422, 422]


def test_a_change_of_the_password_ends_links(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    client.post("/accounts/links", json={"email": ada.email})
    token = mailbox.token()
    given = {"current_password": PASSWORD, "password": NEW}
    assert client.put("/account/password", json=given, headers=ada.headers).status_code == 204
    assert choose(client, token) == 422


@pytest.mark.parametrize("form", ["#{}", "/{}", "{}\n", "http://127.0.0.1:8000/docs#{}", "#/{}"])
def test_a_link_is_as_good_as_its_token(client: TestClient, mailbox: Mailbox, ada: Person, form: str) -> None:
    """The page at `/docs` changes its own address, too."""
    client.post("/accounts/links", json={"email": ada.email})
    assert choose(client, form.format(mailbox.token())) == 204


def test_no_password_is_hashed_for_a_token_that_is_none(client: TestClient, ada: Person) -> None:
    def refuse(_: str) -> None:
        raise AssertionError("hashed")

    client.app_state["accounts"].passwords.hash = refuse
    assert choose(client, ada.token) == 422


@pytest.mark.parametrize("email", ["ada@example.com", "unknown@example.com"])
def test_requests_at_the_same_time_tell_nothing(
    client: TestClient, ada: Person, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    find, all_of_them, looked = AccountRepository.find, asyncio.Barrier(3), list[str]()

    async def find_together(self: AccountRepository, email: str) -> Account | None:
        """All have looked before the first one adds the account."""
        found = await find(self, email)
        looked.append(email)
        if len(looked) <= 3:
            await all_of_them.wait()
        return found

    monkeypatch.setattr(AccountRepository, "find", find_together)
    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(lambda _: client.post("/accounts/links", json={"email": email}), range(3)))
    assert [each.status_code for each in sent] == [202, 202, 202]


def test_a_link_is_good_for_15_minutes(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    client.post("/accounts/links", json={"email": ada.email})
    token = mailbox.token()
    row = only_link(client)
    assert timedelta(minutes=14) < row.expires_at - now() <= timedelta(minutes=15)
    change(client, Token, row.id, expires_at=now())
    assert choose(client, token) == 422


def only_link(client: TestClient) -> Token:
    async def read() -> Token:
        async with client.app_state["database"].begin() as session:
            found: Token = (await session.scalars(select(Token).where(Token.kind == "reset"))).one()
            return found

    assert client.portal
    return client.portal.call(read)


def test_who_has_an_account_is_not_told_to_others(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    """The answers are the same, and so are the tasks; who gets a mail knows it anyway."""
    answers = [
        client.post("/accounts/links", json={"email": email}) for email in (ada.email, "unknown@example.com")
    ]
    said = {(each.status_code, each.text, "Location" in each.headers) for each in answers}
    assert said == {(202, "", False)}
    until(lambda: len(mailbox.mails) == 2)
    assert {mail["To"] for mail in mailbox.mails} == {ada.email, "unknown@example.com"}


class TestWithoutSignUp:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"sign_up": False})

    def test_only_who_has_an_account_gets_a_link(
        self, client: TestClient, mailbox: Mailbox, ada: Person, admin: Person
    ) -> None:
        answers = [
            client.post("/accounts/links", json={"email": email})
            for email in ("unknown@example.com", ada.email)
        ]
        assert len({(each.status_code, each.text) for each in answers}) == 1
        mailbox.token()
        assert [mail["To"] for mail in mailbox.mails] == [ada.email]
        accounts = client.get("/accounts", headers=admin.headers).json()["items"]
        assert {each["email"] for each in accounts} == {ada.email, admin.email}


def test_an_account_that_was_signed_up_for_twice_is_one(client: TestClient, mailbox: Mailbox) -> None:
    for _ in range(2):
        client.post("/accounts/links", json=EVE)
    tokens = mailbox.token(1), mailbox.token(2)
    assert [choose(client, token) for token in tokens] == [204, 422]


def test_no_token_is_in_a_task(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    client.post("/accounts/links", json={"email": ada.email})
    secret = mailbox.token().partition("_")[2]

    async def read() -> str:
        async with client.app_state["database"].begin() as session:
            rows = await session.execute(text("SELECT * FROM background_tasks"))
            return str(rows.all())

    assert client.portal
    stored = client.portal.call(read)
    assert "send_link" in stored
    assert secret not in stored
    assert ada.email not in stored


def test_a_mail_that_the_server_refuses_is_sent_again(
    client: TestClient, mailbox: Mailbox, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = RetryPolicy(retry_on=POLICIES[send_link].retry_on, max_attempts=2, backoff=0)
    monkeypatch.setitem(POLICIES, send_link, policy)
    mailbox.refusals.append("451 Later")
    client.post("/accounts/links", json={"email": ada.email})
    assert choose(client, mailbox.token()) == 204


def test_addresses_that_nobody_verifies_are_swept(client: TestClient, mailbox: Mailbox, ada: Person) -> None:
    client.post("/accounts/links", json=EVE)
    mailbox.token()

    async def age() -> None:
        async with client.app_state["database"].begin() as session:
            await session.execute(update(Token).where(Token.kind == "verify").values(expires_at=now()))
            await session.execute(update(Account).values(created_at=now() - timedelta(days=2)))

    async def count() -> int:
        async with client.app_state["database"].begin() as session:
            return int(await session.scalar(select(func.count(Account.id))))

    assert client.portal
    sweep = client.app_state["accounts"].sweep
    client.portal.call(sweep)
    assert client.portal.call(count) == 2
    client.portal.call(age)
    client.portal.call(sweep)
    assert client.portal.call(count) == 1
    assert client.get("/account", headers=ada.headers).status_code == 200
