"""People with accounts, and what they sign in with."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from fastapi.testclient import TestClient

from app.accounts import passwords
from app.accounts.models import Token
from app.accounts.repository import AccountRepository, TokenRepository
from app.clock import now
from app.database import open_database
from app.database.sql import Base
from app.settings import Settings
from .principals import CredentialsOf, ordinary_scopes

Row = TypeVar("Row", bound=Base)
PASSWORD = "as good as any other"
# The one of the service.
HASHER = passwords.HASHER


@dataclass(frozen=True)
class Person:
    id: UUID
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return bearing(self.token)

    @property
    def login(self) -> dict[str, str]:
        return {"email": self.email, "password": PASSWORD}


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """A tenth of a second of each test with a password would be its hash. Its time has a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher.from_parameters(CHEAPEST))
        yield


@pytest.fixture
def costly_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "HASHER", HASHER)
    passwords.dummy_hash.cache_clear()
    yield
    passwords.dummy_hash.cache_clear()


def hash_of(password: str) -> str:
    return passwords.HASHER.hash(password)


async def add_account(settings: Settings, email: str, token: Token, is_admin: bool = False) -> Person:
    """With a token, in the database of these settings. Who is there already gets another token."""
    async with open_database(settings) as database, database.begin() as session:
        account = await AccountRepository(session).find_or_add(email)
        account.is_admin, account.password_hash = is_admin, hash_of(PASSWORD)
        token.account_id = account.id
        return Person(account.id, email, await TokenRepository(session).issue(token))


def person(settings: Settings, email: str, is_admin: bool = False) -> Person:
    """With a session."""
    expires_at = now() + timedelta(hours=1)
    session = Token(kind="session", name="tests", expires_at=expires_at)
    return asyncio.run(add_account(settings, email, session, is_admin))


@pytest.fixture
def credentials_of(database_url: str) -> CredentialsOf:
    """Keys, for they may have any scopes that their account has."""
    settings = Settings(_env_file=None, database_url=database_url)

    def credentials_of(name: str, scopes: str | None = None) -> dict[str, str]:
        wanted = ordinary_scopes() if scopes is None else scopes
        expires_at = now() + timedelta(hours=1)
        key = Token(kind="key", name="tests", scopes=wanted.split(), expires_at=expires_at)
        return asyncio.run(add_account(settings, f"{name}@example.com", key, is_admin=True)).headers

    return credentials_of


def look(client: TestClient, model: type[Row], id: UUID) -> Row | None:
    """The row, as the database of the service has it."""

    async def read() -> Row | None:
        async with client.app_state["database"].begin() as session:
            found: Row | None = await session.get(model, id)
            return found

    assert client.portal
    return client.portal.call(read)


def change(client: TestClient, model: type[Base], id: UUID, **values: Any) -> None:
    async def write() -> None:
        async with client.app_state["database"].begin() as session:
            for name, value in values.items():
                setattr(await session.get(model, id), name, value)

    assert client.portal
    client.portal.call(write)
