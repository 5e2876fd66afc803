"""Work that goes through the rows of all principals, as docs/authorisation.md shows it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from app.auth import SYSTEM, Principal, acting_as
from app.database import Database, open_database
from app.settings import Settings
from tests.support.owned_tables import OwnShelf

ADA, EVE = Principal("ada"), Principal("eve")


@pytest.fixture
async def database(settings: Settings, tables: None) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


async def close_shelves(database: Database) -> dict[str, int]:
    """How many rows of each one."""
    changed = {}
    with acting_as(SYSTEM):
        async with database.begin() as session:
            owners = (await session.scalars(select(OwnShelf.owner_id).distinct())).all()
    for owner in owners:
        with acting_as(Principal(owner)):
            async with database.begin() as session:
                closed = update(OwnShelf).where(OwnShelf.name.startswith("old")).values(name="closed")
                changed[owner] = len((await session.scalars(closed.returning(OwnShelf.id))).all())
                session.add(OwnShelf(name="new"))
    return changed


async def test_the_service_acts_as_each_one_after_the_other(database: Database) -> None:
    for principal, names in {ADA: ["old", "young"], EVE: ["old"]}.items():
        with acting_as(principal):
            async with database.begin() as session:
                session.add_all(OwnShelf(name=name) for name in names)
    assert await close_shelves(database) == {"ada": 1, "eve": 1}
    for principal, names in {ADA: {"closed", "young", "new"}, EVE: {"closed", "new"}}.items():
        with acting_as(principal):
            async with database.begin() as session:
                assert {*await session.scalars(select(OwnShelf.name))} == names
