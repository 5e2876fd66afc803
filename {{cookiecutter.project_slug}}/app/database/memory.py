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
AFTER_COMMIT = "after_commit"


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


@dataclass
class Session:
    """The work of one request. There are no transactions: what it writes is there at once."""

    tables: defaultdict[type, dict[UUID, Any]]
    info: dict[str, Any] = field(default_factory=dict)
    """What other parts do at its end."""

    async def rollback(self) -> None:
        """Rows stay; what would follow the end does not."""
        self.info.clear()


class Database:
    """One table for each model."""

    def __init__(self) -> None:
        self.tables: defaultdict[type, dict[UUID, Any]] = defaultdict(dict)

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
