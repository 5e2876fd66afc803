"""Which value a database has refused. It is asked afterwards, for not every one says it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, UniqueConstraint, false, literal, or_, select

from app.errors import ConflictError, InvalidError, ServiceError, wrong_field
from .sql import Session


async def explain(session: Session, table: Table, values: Mapping[str, Any]) -> ServiceError:
    """Why a row with these values could not be written."""
    unknown = [each async for each in unknown_references(session, table, values)]
    if unknown:
        return InvalidError("The request is not valid: see `errors`.", errors=unknown)
    taken = {each["pointer"]: each async for each in taken_values(session, table, values)}
    if taken:
        errors = [taken[pointer] for pointer in sorted(taken)]
        return ConflictError("A value is taken: see `errors`.", errors=errors)
    return ConflictError("This conflicts with what is stored: a value is taken, missing or in use.")


async def unknown_references(
    session: Session, table: Table, values: Mapping[str, Any]
) -> AsyncIterator[dict[str, str]]:
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        name, value = key.parent.name, values.get(key.parent.name)
        found = select(key.column).where(key.column == value)
        if value is not None and await session.scalar(found) is None:
            detail = f"There is no such row in {key.column.table.name}."
            yield wrong_field("body", name, "unknown_reference", detail)


async def taken_values(
    session: Session, table: Table, values: Mapping[str, Any]
) -> AsyncIterator[dict[str, str]]:
    for columns in unique_columns(table):
        wanted = [column == values.get(column.name) for column in columns]
        query = select(table.c.id).where(table.c.id != values.get("id"), *wanted).limit(1)
        # Any number of rows may have none.
        has_all = all(values.get(column.name) is not None for column in columns)
        if has_all and await session.scalar(query) is not None:
            for column in columns:
                yield wrong_field("body", column.name, "taken", "Another row has this value.")


def unique_columns(table: Table) -> Iterator[Sequence[Column[Any]]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [*constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield [*index.columns]


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
        if keys and await session.scalar(found):
            yield other.name
