from collections.abc import AsyncIterator
from datetime import UTC
from uuid import UUID

import pytest

from app.clock import new_id
from app.database import Database, open_database
from app.domains.widgets import models
from app.domains.widgets.repository import Repository
from app.errors import ConflictError
from app.settings import Settings


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


async def add(database: Database, name: str) -> UUID:
    async with database.begin() as session:
        row = models.Widget(name=name)
        await Repository(session).add(row)
        return row.id


async def get(database: Database, row_id: UUID) -> models.Widget:
    async with database.begin() as session:
        row = await Repository(session).get(row_id)
        assert row
        return row


async def test_times_come_back_with_their_zone(database: Database) -> None:
    row = await get(database, await add(database, "first"))
    assert row.created_at.tzinfo is UTC
    assert row.updated_at.tzinfo is UTC


async def test_rows_are_in_the_order_of_their_ids_whatever_was_stored_first(database: Database) -> None:
    ids = [new_id() for _ in range(3)]
    for row_id in (ids[1], ids[2], ids[0]):
        async with database.begin() as session:
            await Repository(session).add(models.Widget(id=row_id, name=str(row_id)))
    async with database.begin() as session:
        rows = Repository(session)
        assert [row.id for row in await rows.list(3, None)] == ids
        assert [row.id for row in await rows.list(1, None)] == ids[:1]
        assert [row.id for row in await rows.list(3, ids[0])] == ids[1:]


async def test_two_changes_at_the_same_time_are_a_conflict(database: Database) -> None:
    row_id = await add(database, "before")
    with pytest.raises(ConflictError):
        async with database.begin() as slow:
            repository = Repository(slow)
            row = await repository.get(row_id)
            assert row
            async with database.begin() as quick:
                other = Repository(quick)
                seen = await other.get(row_id)
                assert seen
                await other.update(seen, {"name": "of the quick one"})
            await repository.update(row, {"name": "of the slow one"})
    assert (await get(database, row_id)).name == "of the quick one"
