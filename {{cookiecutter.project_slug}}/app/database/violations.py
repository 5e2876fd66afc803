"""Which value a database has refused. It is asked afterwards, for not every one says it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    UniqueConstraint,
    false,
    inspect,
    literal,
    or_,
    select,
)

from app.errors import ConflictError, ServiceError, unwritable
# % if cookiecutter.auth != "none"
from .ownership import OWNER, seen_owner
# % endif
from .sql import Entity, Session


async def explain(session: Session, model: type[Entity], values: Mapping[str, Any]) -> ServiceError:
    """Why a row with these values could not be written."""
    table: Any = model.__table__
    # An attribute may have another name than its column.
    names = {column: inspect(model).get_property_by_column(column).key for column in table.columns}
    stored = {column.name: values.get(name) for column, name in names.items()}
    unknown = {names[column]: other async for column, other in unknown_references(session, table, stored)}
    taken = [] if unknown else [names[column] async for column in taken_values(session, table, stored)]
    return unwritable(unknown, taken) or ConflictError(
        "This conflicts with what is stored: a value is taken, missing or in use."
    )


async def unknown_references(
    session: Session, table: Table, values: Mapping[str, Any]
) -> AsyncIterator[tuple[Column[Any], str]]:
    """Columns that refer to no row, and the tables that have none."""
    for key in table.foreign_keys:
        value = values.get(key.parent.name)
        found = select(key.column).where(key.column == value)
        # % if cookiecutter.auth != "none"
        if key.parent.name == OWNER:
            # The other column of the key says which row is missing.
            continue
        if OWNER in key.column.table.c:
            found = found.where(key.column.table.c[OWNER] == values.get(OWNER))
        # % endif
        if value is not None and await session.scalar(found) is None:
            yield key.parent, key.column.table.name


async def taken_values(
    session: Session, table: Table, values: Mapping[str, Any]
) -> AsyncIterator[Column[Any]]:
    """Columns whose values another row has."""
    for columns, conditions in unique_columns(table):
        wanted = [column == values.get(column.name) for column in columns]
        wanted += conditions
        # % if cookiecutter.auth != "none"
        # Every row is compared with those of its owner, which no client has sent.
        columns = [column for column in columns if column.name != OWNER]
        # % endif
        query = select(table.c.id).where(table.c.id != values.get("id"), *wanted).limit(1)
        # Any number of rows may have none.
        has_all = all(values.get(column.name) is not None for column in columns)
        if has_all and await session.scalar(query) is not None:
            for column in columns:
                yield column


def unique_columns(table: Table) -> Iterator[tuple[Sequence[Column[Any]], list[ColumnElement[bool]]]]:
    """With the conditions for the rows that they are compared with, as a partial index has them."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [*constraint.columns], []
    for index in table.indexes:
        if index.unique:
            conditions = [options.get("where") for options in index.dialect_options.values()]
            yield [*index.columns], [each for each in conditions if each is not None][:1]


async def in_use(session: Session, table: Table, id: UUID) -> ConflictError:
    """By which tables a row is in use, that could not be deleted."""
    users = [name async for name in tables_that_refer_to(session, table, id)]
    return ConflictError(f"This is in use by {' and '.join(users) or 'other rows'}.")


async def tables_that_refer_to(session: Session, table: Table, id: UUID) -> AsyncIterator[str]:
    for other in table.metadata.sorted_tables:
        keys = [
            key.parent
            for key in other.foreign_keys
            # Those with another rule go with the row, or let go of it.
            if key.column is table.c.id and key.ondelete in (None, "RESTRICT", "NO ACTION")
        ]
        found = select(literal(1)).where(or_(false(), *(key == id for key in keys))).limit(1)
        # % if cookiecutter.auth != "none"
        if keys and OWNER in other.c and (owner := seen_owner()):
            found = found.where(other.c[OWNER] == owner)
        # % endif
        if keys and await session.scalar(found):
            yield other.name
