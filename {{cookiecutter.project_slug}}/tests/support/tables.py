"""Three tables that no domain has."""

import asyncio
from collections.abc import Callable, Iterator
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import Column, Connection, ForeignKey, MetaData, Table, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Entity, open_database
from app.settings import Settings


class Parent(Entity):
    __tablename__ = "parents"
    # Of its own: the migrations know nothing of it.
    metadata: ClassVar[MetaData] = MetaData()

    name: Mapped[str] = mapped_column(default="")

    @property
    def title(self) -> str:
        return self.name.title()


class Place(Entity):
    __tablename__ = "places"
    metadata: ClassVar[MetaData] = Parent.metadata

    name: Mapped[str] = mapped_column()


REFERENCE = ForeignKey(Parent.id, deferrable=True, initially="DEFERRED")
CHILDREN = Table("children", Parent.metadata, Column("parent", REFERENCE))
ADD_PARENT = insert(Parent).values(id=UUID(int=1), version=1)
ADD_CHILD = insert(CHILDREN).values(parent=UUID(int=1))
COUNT = select(func.count(Parent.id))


async def change(settings: Settings, call: Callable[[Connection], None]) -> None:
    async with open_database(settings) as database, database.begin() as session:
        await (await session.connection()).run_sync(call)


@pytest.fixture
def tables(settings: Settings) -> Iterator[None]:
    asyncio.run(change(settings, Parent.metadata.create_all))
    yield
    asyncio.run(change(settings, Parent.metadata.drop_all))
