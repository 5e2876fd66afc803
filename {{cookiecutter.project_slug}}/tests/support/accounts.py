"""People with accounts, and what they sign in with."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from app.accounts.models import Account, Token
from app.accounts.repository import AccountRepository, TokenRepository
from app.clock import now
from app.database import open_database
from app.database.sql import Base
from app.settings import Settings

Row = TypeVar("Row", bound=Base)
PASSWORD = "as good as any other"


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


@cache
def hash_of(password: str) -> str:
    return PasswordHasher().hash(password)


async def add_person(settings: Settings, email: str, is_admin: bool = False) -> Person:
    """With a session, in the database of these settings."""
    account = Account(email=email, is_admin=is_admin, password_hash=hash_of(PASSWORD))
    async with open_database(settings) as database, database.begin() as session:
        await AccountRepository(session).add(account)
        expires_at = now() + timedelta(hours=1)
        row = Token(kind="session", account_id=account.id, name="tests", expires_at=expires_at)
        return Person(account.id, email, await TokenRepository(session).issue(row))


def person(settings: Settings, email: str, is_admin: bool = False) -> Person:
    return asyncio.run(add_person(settings, email, is_admin))


@pytest.fixture
def credentials(database_url: str) -> dict[str, str]:
    """Of a person who is no administrator."""
    settings = Settings(_env_file=None, database_url=database_url)
    return person(settings, "tests@example.com").headers


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
