"""Tables with owners that no domain has; one refers to itself, and one to two tables."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import EntityRepository, OwnedEntity
from app.database.ownership_sql import own_indexed
from .tables import OwnParent


def own_key(column: str, table: str) -> ForeignKeyConstraint:
    keys = [f"{table}.owner_id", f"{table}.id"]
    return ForeignKeyConstraint(["owner_id", column], keys, ondelete="RESTRICT", deferrable=True)


class OwnShelf(OwnedEntity):
    __tablename__ = "_shelves"
    metadata: ClassVar[MetaData] = OwnParent.metadata
    __table_args__ = (*own_indexed("created_at"), UniqueConstraint("owner_id", "name"))

    name: Mapped[str] = mapped_column()


class OwnBox(OwnedEntity):
    __tablename__ = "_boxes"
    metadata: ClassVar[MetaData] = OwnParent.metadata
    __table_args__ = (
        *own_indexed("created_at"),
        own_key("shelf_id", "_shelves"),
        own_key("inside_id", "_boxes"),
    )

    shelf_id: Mapped[UUID] = mapped_column()
    inside_id: Mapped[UUID | None] = mapped_column()
    # Only this column is set by it: the owner comes from the principal.
    shelf: Mapped[OwnShelf] = relationship(lazy="selectin", foreign_keys=shelf_id)
    inside: Mapped["OwnBox | None"] = relationship(
        primaryjoin="OwnBox.inside_id == remote(OwnBox.id)", foreign_keys=inside_id
    )


class OwnLabel(OwnedEntity):
    __tablename__ = "_labels"
    metadata: ClassVar[MetaData] = OwnParent.metadata
    __table_args__ = (
        *own_indexed("created_at"),
        own_key("box_id", "_boxes"),
        own_key("shelf_id", "_shelves"),
    )

    box_id: Mapped[UUID] = mapped_column()
    shelf_id: Mapped[UUID] = mapped_column()


class Shelves(EntityRepository[OwnShelf]):
    model = OwnShelf


class Boxes(EntityRepository[OwnBox]):
    model = OwnBox
