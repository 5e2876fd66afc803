"""The queries that every domain has."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, literal, select, tuple_
from sqlalchemy.exc import IntegrityError

from app.paging import PageQuery
from .sql import Entity, Session
from .violations import explain, in_use

Row = TypeVar("Row", bound=Entity)
# What a plain row has under these names is no column.
METHODS = {"t", "tuple"}


@cache
def has_only_columns(model: type[Entity]) -> bool:
    """Then plain rows read alike, and cost a third less: nothing on a page is tracked for changes."""
    own = {name for name in {*dir(model)} - {*dir(Entity)} if not name.startswith("_")}
    return own <= {*model.__table__.columns.keys()} - METHODS


class EntityRepository(Generic[Row]):
    """How the rows of one model are stored and found."""

    model: type[Row]

    def __init__(self, session: Session) -> None:
        self.session = session

    async def add(self, row: Row) -> Row:
        self.session.add(row)
        await self._write(row)
        return row

    async def get(self, id: UUID) -> Row | None:
        return await self.session.get(self.model, id)

    async def list(self, query: PageQuery, *conditions: ColumnElement[bool]) -> Sequence[Row]:
        """A page of the rows that meet the conditions, and one row more when another page follows."""
        column, id = getattr(self.model, query.column), self.model.id
        statement = select(self.model).filter_by(**query.filters()).where(*conditions)
        if query.descending:
            statement = statement.order_by(column.desc(), id.desc())
        else:
            statement = statement.order_by(column, id)
        if position := query.position(column.type.python_type):
            last = tuple_(literal(position[0], column.type), literal(position[1], id.type))
            key = tuple_(column, id)
            statement = statement.where(key < last if query.descending else key > last)
        statement = statement.limit(query.limit + 1)
        if has_only_columns(self.model):
            rows = await self.session.execute(statement.with_only_columns(*self._table.columns))
            return cast("Sequence[Row]", rows.all())
        return (await self.session.scalars(statement)).all()

    async def update(self, row: Row, changes: Mapping[str, Any]) -> Row:
        for name, value in changes.items():
            setattr(row, name, value)
        await self._write(row)
        return row

    async def delete(self, row: Row) -> None:
        id = row.id
        await self.session.delete(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            await self.session.rollback()
            raise await in_use(self.session, self._table, id) from error

    async def _write(self, row: Row) -> None:
        # A flush that fails takes them off the row.
        values = {**vars(row)}
        try:
            await self.session.flush()
        except IntegrityError as error:
            await self.session.rollback()
            raise await explain(self.session, self._table, values) from error
        if not has_only_columns(self.model):
            # What it is related to is read here, or nobody could wait for it later.
            await self.session.refresh(row)

    @property
    def _table(self) -> Table:
        return cast("Table", self.model.__table__)
