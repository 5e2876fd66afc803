"""Each query of a class is of the rows of the current principal, and nothing is written into others."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnClause,
    ColumnElement,
    Delete,
    Dialect,
    Engine,
    Index,
    Insert,
    Select,
    SelectBase,
    String,
    Table,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    Update,
    UpdateBase,
    and_,
    delete,
    event,
    inspect,
    literal,
    select,
    text,
    true,
    update,
)
# % if cookiecutter.database == "postgresql"
from sqlalchemy.dialects.postgresql.dml import OnConflictDoUpdate
# % endif
# % if cookiecutter.database == "sqlite"
from sqlalchemy.dialects.sqlite.dml import OnConflictDoUpdate
# % endif
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, ORMExecuteState, mapped_column, with_loader_criteria
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.sql.visitors import iterate

from app.auth.principal import SYSTEM, acting_as, current_principal
from app.errors import ConflictError
from .ownership import OWNER, ForeignRowError, new_owner, seen_owner
from .sql import Base, Entity, Session
from .violations import unique_columns

# % if cookiecutter.database == "postgresql"
DEFER = "SET CONSTRAINTS ALL DEFERRED"
# % endif
# % if cookiecutter.database == "sqlite"
DEFER = "PRAGMA defer_foreign_keys = ON"
# % endif
# In a statement, for whoever runs it.
CURRENT = ""


class OwnerId(TypeDecorator[str]):
    """The current principal's, where a statement names none; that of others it refuses."""

    impl = String(255)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        owner = seen_owner()
        if owner is not None and value not in (CURRENT, owner):
            raise ForeignRowError("A statement names another owner than that of the current principal.")
        return value or owner


class OwnedEntity(Entity):
    """A table whose rows belong to one owner each.

    Its unique constraints and foreign keys begin with `owner_id`: nobody meets values or rows of others.
    """

    __abstract__ = True

    owner_id: Mapped[str] = mapped_column(OwnerId, default=new_owner)


def names_without_owner(constraint: Any, _: Table) -> str:
    return "_".join(column.name for column in constraint.columns if column.name != OWNER)


# What all of them have in common would only make names too long.
CONVENTION: Any = Base.metadata.naming_convention
Base.metadata.naming_convention = {
    **CONVENTION,
    "own_names": names_without_owner,
    "uq": "uq_%(table_name)s_%(own_names)s",
    "ix": "ix_%(table_name)s_%(own_names)s",
    "fk": "fk_%(table_name)s_%(own_names)s",
}


def own_indexed(*columns: str) -> tuple[UniqueConstraint | Index, ...]:
    """An index for each column by which lists filter or sort, and one for rows that refer to these."""
    return (UniqueConstraint(OWNER, "id"), *(Index(None, OWNER, column, "id") for column in columns))


def is_own(entity: type[OwnedEntity]) -> ColumnElement[bool]:
    return entity.owner_id == CURRENT


OWN_ROWS = with_loader_criteria(OwnedEntity, is_own, include_aliases=True)


@event.listens_for(OrmSession, "do_orm_execute")
def see_own_rows(state: ORMExecuteState) -> None:
    """Add the owner to each SELECT, UPDATE and DELETE of a class, also in joins and relationships."""
    principal = current_principal()
    if principal and state.is_orm_statement:
        check_session(state.session, principal.owner)
    if principal == SYSTEM:
        return
    if not (state.is_relationship_load or state.is_column_load):
        refuse_tables(state.statement)
    if state.is_orm_statement:
        state.statement = state.statement.options(OWN_ROWS)
    if state.is_column_load and (mapper := state.bind_mapper) and issubclass(mapper.class_, OwnedEntity):
        # Options do not concern an object that is there.
        statement: Any = state.statement
        state.statement = statement.where(is_own(mapper.class_))


def check_session(session: OrmSession, owner: str) -> None:
    """Rows that it holds are found without a query."""
    if session.info.setdefault(OWNER, owner) != owner:
        raise ForeignRowError("A session is for one principal: open another one.")


def refuse_tables(statement: Any) -> None:
    """What a statement selects of tables is of all owners, but where it compares the owner itself."""
    parts = list(iterate(statement))
    refuse_text(parts)
    if isinstance(statement, Insert):
        refuse_others(statement, parts)
    described = getattr(statement, "column_descriptions", ())
    # Their columns are of the rows of the class.
    own = [inspect(each["entity"]).selectable for each in described if each.get("entity")]
    named = (each for part in parts if getattr(part, "table", None) not in own for each in named_in(part))
    if any(is_of_owned_table(each) for each in named) and not compares_owner(parts):
        raise ForeignRowError(
            "Name the class in the statement, not its table: else it is of all owners. A function alone"
            " does not name it: add `.select_from(...)`; nor does `exists()`: write `exists(select(...))`."
        )


def refuse_text(parts: Sequence[Any]) -> None:
    """SQL by hand that names a table with owners is not filtered: it says whose rows it is of."""
    for each in parts:
        if isinstance(each, TextClause) or (isinstance(each, ColumnClause) and each.is_literal):
            # A name before a point only says of which table a column is.
            words = set(re.findall(r'\w+(?!\w|"?\s*\.)', str(each).lower()))
            if OWNER not in words and any(table.name.lower() in words for table in owned_tables()):
                raise ForeignRowError(
                    "This SQL is of all owners: compare owner_id in it: WHERE owner_id = :owner."
                )


def named_in(part: Any) -> Iterable[Any]:
    """What it is of; a query of a class has its table in it, too."""
    if isinstance(part, Select):
        try:
            described = part.column_descriptions
        except AttributeError:
            # SQLAlchemy describes no `exists()`: what it compares is named in its condition.
            return [each for each in iterate(part) if isinstance(each, Column)]
        is_of_class = any("entity" in each for each in described)
        return [each["expr"] for each in described] if is_of_class else iterate(part)
    if isinstance(part, UpdateBase):
        return [part.table]
    return [part] if isinstance(part, Column) else []


def refuse_others(statement: Insert, parts: Sequence[Any]) -> None:
    """What an INSERT finds besides its own values."""
    if any(isinstance(each, SelectBase) for each in parts):
        raise ForeignRowError("Read the rows first: what an INSERT selects is of all owners.")
    for each in parts if OWNER in statement.table.c else ():
        if isinstance(each, OnConflictDoUpdate):
            names = {getattr(column, "key", column) for column in each.inferred_target_elements or ()}
            if OWNER not in names:
                raise ForeignRowError("Name owner_id in `index_elements`, or it updates rows of all owners.")


def is_of_owned_table(named: Any) -> bool:
    """The table or a column itself, and not a class or an attribute that stands for it."""
    if isinstance(named, Column) and named.table is not None and named.table.c.get(named.key) is named:
        named = getattr(named.table, "element", named.table)
    return isinstance(named, Table) and OWNER in named.c and named.metadata.tables.get(named.key) is named


def compares_owner(parts: Sequence[Any]) -> bool:
    return any(isinstance(each, BindParameter) and isinstance(each.type, OwnerId) for each in parts)


@event.listens_for(Engine, "before_execute", retval=True)
def change_own_rows(_: Any, statement: Any, many: Any, one: Any, __: Any) -> tuple[Any, Any, Any]:
    """What a session writes for its objects, or by their IDs, names no owner."""
    owner = statement.table.c.get(OWNER) if isinstance(statement, Update | Delete) else None
    if owner is not None and isinstance(owner.type, OwnerId) and current_principal() != SYSTEM:
        statement = statement.where(owner == CURRENT)
    return statement, many, one


@event.listens_for(OrmSession, "before_flush")
def write_own_rows(session: OrmSession, *_: Any) -> None:
    """An object may come from another session, or be given another owner."""
    rows = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, OwnedEntity)]
    for owner in [owner for row in rows for owner in inspect(row).attrs[OWNER].history.sum()]:
        if seen_owner() not in (None, owner):
            raise ForeignRowError("This object is of another owner than the current principal.")


@event.listens_for(OwnedEntity, "init", propagate=True)
def set_owner(_: OwnedEntity, __: Any, values: dict[str, Any]) -> None:
    if OWNER not in values:
        values[OWNER] = new_owner()


def owned_tables() -> list[Table]:
    """Each after those that it refers to."""
    return [table for table in Base.metadata.sorted_tables if OWNER in table.c]


async def refuse_taken(connection: AsyncConnection, table: Table, owner: str, heir: str) -> None:
    """ConflictError that says where both have the same: the database would only say that it is so."""
    for columns, conditions in unique_columns(table):
        rows = select(*columns).where(*conditions)
        mine, theirs = (rows.where(table.c.owner_id == each).subquery() for each in (owner, heir))
        names = [column.name for column in columns if column.name != OWNER]
        same = and_(true(), *(mine.c[name] == theirs.c[name] for name in names))
        if await connection.scalar(select(literal(1)).select_from(mine.join(theirs, same)).limit(1)):
            raise ConflictError(f"Both have the same {' and '.join(names)} in {table.name}: change one.")


async def hand_over(session: Session, owner: str, heir: str) -> int:
    """Give all rows of an owner to another one. ConflictError where both have a value that is unique."""
    connection, given = await session.connection(), 0
    with acting_as(SYSTEM):
        for table in owned_tables():
            await refuse_taken(connection, table, owner, heir)
        # % if cookiecutter.database == "sqlite"
        # Just before the first write, with which SQLite begins a transaction: it ends with that.
        # % endif
        await connection.execute(text(DEFER))
        for table in owned_tables():
            owned = update(table).where(table.c.owner_id == owner)
            given += (await connection.execute(owned.values(owner_id=heir))).rowcount
    return given


async def delete_rows(session: Session, owner: str) -> None:
    """Delete all rows of an owner."""
    with acting_as(SYSTEM):
        for table in reversed(owned_tables()):
            own = table.c.owner_id == owner
            itself = [key.parent for key in table.foreign_keys if key.column is table.c.id]
            if itself:
                await session.execute(update(table).where(own).values(dict.fromkeys(itself)))
            await session.execute(delete(table).where(own))
