"""Tables that no domain has, nor could have: their names begin with a line, their classes with `Own`."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    MetaData,
    Table,
    func,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Entity, open_database
from app.settings import Settings

KIND = make_url(Settings.model_fields["database_url"].default).get_backend_name()
NOT_GONE: dict[str, Any] = {f"{KIND}_where": text("NOT gone")}


class OwnParent(Entity):
    __tablename__ = "_parents"
    # Of its own: the migrations know nothing of it.
    metadata: ClassVar[MetaData] = MetaData()

    name: Mapped[str] = mapped_column(default="")

    @property
    def title(self) -> str:
        return self.name.title()


class OwnPlace(Entity):
    __tablename__ = "_places"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    name: Mapped[str] = mapped_column()


class OwnPair(Entity):
    """Under these names, plain rows have something of their own."""

    __tablename__ = "_pairs"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    t: Mapped[str] = mapped_column()
    tuple: Mapped[str] = mapped_column()
    count: Mapped[int] = mapped_column()
    index: Mapped[int] = mapped_column()


class OwnCard(Entity):
    """Of those that are not gone, no two have the same code."""

    __tablename__ = "_cards"
    metadata: ClassVar[MetaData] = OwnParent.metadata
    __table_args__ = (Index("uq__cards_code", "code", unique=True, **NOT_GONE),)

    code: Mapped[int] = mapped_column()
    number: Mapped[int] = mapped_column(unique=True)
    gone: Mapped[bool] = mapped_column(default=False)


class OwnMember(Entity):
    __tablename__ = "_members"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    group_id: Mapped[UUID] = mapped_column(ForeignKey("_groups.id"))


class OwnGroup(Entity):
    __tablename__ = "_groups"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    members: Mapped[list[OwnMember]] = relationship(lazy="selectin")


class OwnAnimal(Entity):
    """One table for a class and its subclass."""

    __tablename__ = "_animals"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    kind: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column()
    __mapper_args__ = {  # noqa: RUF012
        **Entity.__mapper_args__,
        "polymorphic_on": "kind",
        "polymorphic_identity": "animal",
    }


class OwnDog(OwnAnimal):
    __mapper_args__ = {"polymorphic_identity": "dog"}  # noqa: RUF012


class OwnBook(Entity):
    """Of a database that was there before."""

    __tablename__ = "_books"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    isbn: Mapped[str] = mapped_column("isbn_13", unique=True)
    before_id: Mapped[UUID | None] = mapped_column("before", ForeignKey("_books.id"))


class OwnGuest(Entity):
    __tablename__ = "_guests"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    group_id: Mapped[UUID] = mapped_column(ForeignKey("_groups.id", ondelete="CASCADE"))


class Colour(Enum):
    RED = "red"


class OwnThing(Entity):
    """With a column of each type that teams add by hand."""

    __tablename__ = "_things"
    metadata: ClassVar[MetaData] = OwnParent.metadata

    amount: Mapped[Decimal | None] = mapped_column()
    settings: Mapped[dict[str, Any] | None] = mapped_column()
    labels: Mapped[list[Any] | None] = mapped_column()
    day: Mapped[date | None] = mapped_column()
    moment: Mapped[time | None] = mapped_column()
    duration: Mapped[timedelta | None] = mapped_column()
    content: Mapped[bytes | None] = mapped_column()
    colour: Mapped[Colour | None] = mapped_column()
    size: Mapped[Literal["small", "large"] | None] = mapped_column()


REFERENCE = ForeignKey(OwnParent.id, deferrable=True, initially="DEFERRED")
CHILDREN = Table("_children", OwnParent.metadata, Column("parent", REFERENCE))
ADD_PARENT = insert(OwnParent).values(id=UUID(int=1), version=1)
ADD_CHILD = insert(CHILDREN).values(parent=UUID(int=1))
COUNT = select(func.count(OwnParent.id))


async def change(settings: Settings, call: Callable[[Connection], None]) -> None:
    async with open_database(settings) as database, database.begin() as session:
        await (await session.connection()).run_sync(call)


@pytest.fixture
def tables(settings: Settings) -> Iterator[None]:
    asyncio.run(change(settings, OwnParent.metadata.create_all))
    yield
    asyncio.run(change(settings, OwnParent.metadata.drop_all))
