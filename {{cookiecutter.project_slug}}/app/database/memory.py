"""Rows in the memory of this process: lost when it stops, and not shared with another process."""

import heapq
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_type_hints
from uuid import UUID

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from app.clock import new_id, now
from app.errors import ConflictError, unwritable
from app.paging import PageQuery
from app.settings import Settings

logger = structlog.get_logger()
AFTER_COMMIT = "after_commit"


@dataclass(kw_only=True)
class Entity:
    """A row with the fields that every domain has."""

    __tablename__: ClassVar[str]
    # No two rows have the same values in all of these.
    __together__: ClassVar[Sequence[str]] = []

    id: UUID = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)


def unique() -> Any:
    """A field of which no two rows have the same value."""
    return field(metadata={"unique": True})


def reference(table: str, *, unique: bool = False) -> Any:
    """A field with the ID of a row of this table, which stays as long as another row refers to it."""
    return field(metadata={"table": table, "unique": unique})


def references_of(model: type[Entity]) -> Mapping[str, str]:
    """The fields with IDs of rows of other tables, and these tables."""
    tables = {each.name: each.metadata.get("table") for each in fields(model)}
    return {name: table for name, table in sorted(tables.items()) if table}


def unique_fields(model: type[Entity]) -> Sequence[Sequence[str]]:
    """No two rows have the same values in all fields of one of these groups."""
    single = [[each.name] for each in fields(model) if each.metadata.get("unique")]
    return [*single, model.__together__] if model.__together__ else single


Row = TypeVar("Row", bound=Entity)


@dataclass
class Session:
    """The work of one request. There are no transactions: what it writes is there at once."""

    tables: defaultdict[str, dict[UUID, Any]]
    info: dict[str, Any] = field(default_factory=dict)
    """What other parts do at its end."""

    async def rollback(self) -> None:
        """Rows stay; what would follow the end does not."""
        self.info.clear()


def no_rows() -> Any:
    raise RuntimeError(
        "Rows are in the memory of the service, and this process has none: give what runs here as "
        "arguments what it needs, or choose a database."
    )


class Database:
    """One table for each model, under its name."""

    def __init__(self) -> None:
        self.tables: defaultdict[str, dict[UUID, Any]] = defaultdict(dict)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Session]:
        session = Session(self.tables)
        yield session
        for call in session.info.get(AFTER_COMMIT, ()):
            await call()


class EntityRepository(Generic[Row]):
    """How the rows of one model are stored and found."""

    model: type[Row]

    def __init__(self, session: Session) -> None:
        self._tables = session.tables
        self._rows: dict[UUID, Row] = session.tables[self.model.__tablename__]

    async def add(self, row: Row) -> Row:
        self.check(vars(row))
        self._rows[row.id] = row
        return row

    async def get(self, id: UUID) -> Row | None:
        return self._rows.get(id)

    async def list(self, query: PageQuery, *conditions: Callable[[Row], bool]) -> Sequence[Row]:
        """A page of the rows that meet the conditions, and one row more when another page follows."""

        def key(row: Row) -> tuple[Any, UUID]:
            return getattr(row, query.column), row.id

        wanted = query.filters()
        rows = [row for row in self._rows.values() if has_values(row, wanted)]
        for condition in conditions:
            rows = [*filter(condition, rows)]
        if last := query.position(get_type_hints(self.model)[query.column]):
            rows = [row for row in rows if (key(row) < last if query.descending else key(row) > last)]
        choose = heapq.nlargest if query.descending else heapq.nsmallest
        return choose(query.limit + 1, rows, key)

    async def update(self, row: Row, changes: Mapping[str, Any]) -> Row:
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if changed:
            self.check(vars(row) | changed)
            vars(row).update(changed, updated_at=now())
        return row

    async def delete(self, row: Row) -> None:
        users = sorted(self.tables_that_refer_to(row))
        if users:
            raise ConflictError(f"This is in use by {' and '.join(users)}.")
        del self._rows[row.id]

    def check(self, values: Mapping[str, Any]) -> None:
        """Refuse what a database would refuse, in its order."""
        unknown = {
            name: table
            for name, table in references_of(self.model).items()
            if values[name] is not None and values[name] not in self._tables[table]
        }
        if error := unwritable(unknown, self._taken(values)):
            raise error

    def _taken(self, values: Mapping[str, Any]) -> Iterator[str]:
        for names in unique_fields(self.model):
            wanted = {name: values[name] for name in names}
            # Any number of rows may have none.
            if None not in wanted.values() and self._has_other(values["id"], wanted):
                yield from names

    def _has_other(self, id: UUID, values: Mapping[str, Any]) -> bool:
        return any(row.id != id and has_values(row, values) for row in self._rows.values())

    def tables_that_refer_to(self, row: Row) -> Iterator[str]:
        for model in Entity.__subclasses__():
            names = [name for name, table in references_of(model).items() if table == row.__tablename__]
            others = self._tables[model.__tablename__].values() if names else ()
            if any(refers_to(other, row, names) for other in others):
                yield model.__tablename__


def refers_to(other: Entity, row: Entity, names: Sequence[str]) -> bool:
    """A row that refers to itself only is in no use."""
    return other is not row and any(getattr(other, name) == row.id for name in names)


def has_values(row: Entity, values: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


async def after_commit(session: Session, call: Callable[[], Awaitable[None]]) -> None:
    """Have it called once the request has done its work; never when it has failed."""
    session.info.setdefault(AFTER_COMMIT, []).append(call)


@asynccontextmanager
async def open_database(_: Settings) -> AsyncGenerator[Database]:
    logger.info("data_in_memory", lost_on_stop=True)
    yield Database()


async def get_session(connection: HTTPConnection) -> AsyncGenerator[Session]:
    database: Database = connection.state.database
    async with database.begin() as session:
        connection.state.session = session
        yield session


# The scope: what follows the work comes before the response, so that its failure is never a success.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
