"""Rows in the memory of this process: lost when it stops, and not shared with another process."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from app.clock import new_id, now
from app.errors import ConflictError
from app.settings import Settings

logger = structlog.get_logger()


@dataclass(kw_only=True)
class Entity:
    """A row with the fields that every domain has."""

    id: UUID = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)


def unique() -> Any:
    """A field of which no two rows have the same value."""
    return field(metadata={"unique": True})


Row = TypeVar("Row", bound=Entity)


class Database:
    """One table for each model; every change counts at once, there is nothing to commit."""

    def __init__(self) -> None:
        self.tables: defaultdict[type, dict[UUID, Any]] = defaultdict(dict)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator["Database"]:
        yield self

    async def rollback(self) -> None:
        """There is nothing to roll back."""


# There are no transactions: what is written is there at once.
Session = Database


class EntityRepository(Generic[Row]):
    """How the rows of one model are stored and found."""

    model: type[Row]

    def __init__(self, session: Session) -> None:
        self._rows: dict[UUID, Row] = session.tables[self.model]

    async def add(self, row: Row) -> Row:
        self._refuse_taken(vars(row))
        self._rows[row.id] = row
        return row

    async def get(self, id: UUID) -> Row | None:
        return self._rows.get(id)

    async def list(self, limit: int, after: UUID | None) -> Sequence[Row]:
        """At most `limit`, oldest first, of those created after the one with the ID `after`."""
        later = sorted(key for key in self._rows if after is None or key > after)
        return [self._rows[key] for key in later[:limit]]

    async def update(self, row: Row, changes: Mapping[str, Any]) -> Row:
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if changed:
            self._refuse_taken(changed)
            vars(row).update(changed, updated_at=now())
        return row

    async def delete(self, row: Row) -> None:
        del self._rows[row.id]

    def _refuse_taken(self, values: Mapping[str, Any]) -> None:
        for name in values.keys() & {each.name for each in fields(self.model) if "unique" in each.metadata}:
            if any(getattr(row, name) == values[name] for row in self._rows.values()):
                raise ConflictError("This conflicts with what is stored: a value is taken or missing.")


async def after_commit(_: Session, call: Callable[[], Awaitable[None]]) -> None:
    await call()


@asynccontextmanager
async def open_database(_: Settings) -> AsyncGenerator[Database]:
    logger.info("data_in_memory", lost_on_stop=True)
    yield Database()


async def get_session(connection: HTTPConnection) -> Session:
    database: Database = connection.state.database
    connection.state.session = database
    return database


SessionDep = Annotated[Session, Depends(get_session)]
