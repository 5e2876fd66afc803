"""The queries that every domain has."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, inspect, literal, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.paging import PageQuery
from .sql import REFUSED, Entity, Session
from .violations import explain, in_use

Row = TypeVar("Row", bound=Entity)
# What a plain row has under these names is no column.
METHODS = {"t", "tuple"}


@cache
def plain_columns(model: type[Entity]) -> Sequence[Any]:
    """All that a model has, or nothing when that is more than columns.

    Plain rows of them read alike, and cost less: nothing on a page is tracked for changes.
    """
    columns = [each.key for each in inspect(model).column_attrs]
    own = {name for name in {*dir(model)} - {*dir(Entity)} if not name.startswith("_")}
    return [getattr(model, name) for name in columns] if own <= {*columns} - METHODS else []


@asynccontextmanager
async def flushed(session: Session) -> AsyncGenerator[None]:
    """What the block changes is sent; after an IntegrityError the session can be asked why.

    In a savepoint, that alone is undone. Else it is the transaction, which then ends in this error.
    """
    if session.in_nested_transaction():
        async with session.begin_nested():
            yield
        return
    yield
    try:
        await session.flush()
    except (IntegrityError, StaleDataError) as error:
        await session.rollback()
        session.info[REFUSED] = error
        raise


class EntityRepository(Generic[Row]):
    """How the rows of one model are stored and found."""

    model: type[Row]

    def __init__(self, session: Session) -> None:
        self.session = session

    async def add(self, row: Row) -> Row:
        async with self._written(row):
            self.session.add(row)
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
        if columns := plain_columns(self.model):
            rows = await self.session.execute(statement.with_only_columns(*columns))
            return cast("Sequence[Row]", rows.all())
        return (await self.session.scalars(statement)).all()

    async def update(self, row: Row, changes: Mapping[str, Any]) -> Row:
        async with self._written(row):
            for name, value in changes.items():
                setattr(row, name, value)
        return row

    async def delete(self, row: Row) -> None:
        id = row.id
        try:
            async with flushed(self.session):
                await self.session.delete(row)
        except IntegrityError as error:
            raise await in_use(self.session, cast("Table", self.model.__table__), id) from error

    @asynccontextmanager
    async def _written(self, row: Row) -> AsyncGenerator[None]:
        values: dict[str, Any] = {}
        try:
            async with flushed(self.session):
                yield
                # A flush that fails takes them off the row.
                values = {**vars(row)}
        except IntegrityError as error:
            raise await explain(self.session, self.model, values) from error
        if not plain_columns(self.model):
            # What it is related to is read here, or nobody could wait for it later.
            await self.session.refresh(row)
