"""The address of PostgreSQL, what it refuses, and when it refuses to write."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import (
    ARRAY,
    JSON,
    URL,
    Column,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    make_url,
    text,
)
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from app.database import Database, open_database
from app.errors import InvalidError, UnavailableError
from app.settings import Settings
from tests.support.postgresql import execute
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


async def test_the_query_of_an_address_is_not_logged(settings: Settings, lost_url: str) -> None:
    url = make_url(lost_url).update_query_dict({"password": "s3cret"}).render_as_string(hide_password=False)
    with capture_logs() as lines, pytest.raises(UnavailableError):
        async with (
            open_database(settings.model_copy(update={"database_url": url})) as database,
            database.begin() as session,
        ):
            await session.connection()
    assert [line["event"] for line in lines] == ["database_unavailable"]
    assert "s3cret" not in str(lines)


def with_url(settings: Settings, url: str) -> Settings:
    return Settings.model_validate({**dict(settings), "database_url": url})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_whichever_driver_an_address_names_it_is_ours(settings: Settings, scheme: str) -> None:
    url = f"{scheme}://a:b%40@host:1/name"
    assert with_url(settings, url).database_url == "postgresql+psycopg://a:b%40@host:1/name"


@pytest.mark.parametrize(
    "url",
    [
        "host/name",
        "postgresql://host",
        "postgresql://a:b@c@host/name",
        "postgres://host:port/name",
        "postgres://host:543210/name",
    ],
)
def test_an_address_of_another_form_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(ValidationError, match="postgresql://user:password@host/database"):
        with_url(settings, url)


def set_read_only(url: URL, value: str) -> None:
    """As seen by connections that begin afterwards."""
    elsewhere = url.set(database="postgres")
    execute(elsewhere, f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = {value}')


async def outcomes(database: Database) -> tuple[str, str]:
    """Of the check of readiness, and of writing."""

    async def write() -> None:
        async with database.begin() as session:
            await session.execute(insert(GOODS).values(code="new"))

    results = await asyncio.gather(database.check(), write(), return_exceptions=True)
    check, writing = (type(result).__name__ if result else "ok" for result in results)
    return check, writing


async def test_a_database_that_takes_no_writes_for_some_time_heals(
    database: Database, settings: Settings
) -> None:
    url = make_url(settings.database_url)
    assert await outcomes(database) == ("ok", "ok")
    set_read_only(url, "on")
    try:
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        execute(url, f"{ends} AND datname = '{url.database}'")
        await asyncio.sleep(1)
        for _ in range(settings.database_pool_size):
            assert await outcomes(database) == ("ReadOnlyError", "UnavailableError")
    finally:
        set_read_only(url, "off")
    # Without a new connection from anyone else.
    assert await outcomes(database) == ("ok", "ok")
    assert await outcomes(database) == ("ok", "ok")


@pytest.mark.parametrize("wrong", ["SELECT 1 / 0", "SELECT nothing"])
async def test_a_statement_that_is_wrong_is_no_outage_and_no_value_of_a_client(
    database: Database, wrong: str
) -> None:
    with pytest.raises(ProgrammingError):
        async with database.begin() as session:
            await session.execute(text(wrong))


async def ask_twice(database: Database) -> None:
    async with database.begin() as session:
        for _ in range(2):
            with pytest.raises(ProgrammingError):
                await session.execute(text("SELECT nothing"))


async def test_to_go_on_after_an_error_without_a_savepoint_is_no_outage(database: Database) -> None:
    with pytest.raises(ProgrammingError, match="UndefinedColumn"):
        await ask_twice(database)
