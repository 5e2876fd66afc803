"""Two tables that no domain has."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.database import open_database
from app.settings import Settings

TABLES = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    "CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)",
)
ADD_PARENT = text("INSERT INTO parents VALUES (1)")
ADD_CHILD = text("INSERT INTO children VALUES (1)")
COUNT = text("SELECT count(*) FROM parents")


async def execute(settings: Settings, *statements: str) -> None:
    async with open_database(settings) as database, database.begin() as session:
        for statement in statements:
            await session.execute(text(statement))


@pytest.fixture
def tables(settings: Settings) -> Iterator[None]:
    asyncio.run(execute(settings, *TABLES))
    yield
    asyncio.run(execute(settings, "DROP TABLE children", "DROP TABLE parents"))
