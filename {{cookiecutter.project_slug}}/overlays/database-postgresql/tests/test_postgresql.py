"""The address of PostgreSQL, and what it refuses."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import ARRAY, JSON, Column, Integer, MetaData, Numeric, String, Table, insert

from app.database import Database, open_database
from app.errors import InvalidError
from app.settings import Settings
from tests.support.tables import change

GOODS = Table(
    "goods",
    MetaData(),
    Column("code", String(5)),
    Column("stock", Integer),
    Column("price", Numeric(10, 2)),
    Column("details", JSON),
    Column("labels", ARRAY(String)),
)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    await change(settings, GOODS.metadata.create_all)
    async with open_database(settings) as database:
        yield database
    await change(settings, GOODS.metadata.drop_all)


@pytest.mark.parametrize(
    "values",
    [
        {"code": "six6six"},
        {"code": "\0"},
        {"stock": 3_000_000_000},
        {"stock": 10**30},
        {"price": Decimal(10**9)},
        {"details": {"of": float("inf")}},
        {"labels": ["\0"]},
        {"labels": ["\ud800"]},
    ],
)
async def test_a_value_that_does_not_fit_its_column_is_invalid(
    database: Database, values: dict[str, Any]
) -> None:
    with pytest.raises(InvalidError):
        async with database.begin() as session:
            await session.execute(insert(GOODS).values(**values))


def with_url(settings: Settings, url: str) -> Settings:
    return Settings.model_validate({**dict(settings), "database_url": url})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_whichever_driver_an_address_names_it_is_ours(settings: Settings, scheme: str) -> None:
    url = f"{scheme}://a:b%40@host:1/name"
    assert with_url(settings, url).database_url == "postgresql+psycopg://a:b%40@host:1/name"


@pytest.mark.parametrize(
    "url", ["host/name", "postgresql://host", "postgresql://a:b@c@host/name", "postgres://host:port/name"]
)
def test_an_address_of_another_form_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(ValidationError, match="postgresql://user:password@host/database"):
        with_url(settings, url)
