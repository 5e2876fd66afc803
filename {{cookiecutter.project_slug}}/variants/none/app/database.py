"""Rows in the memory of this process: lost when it stops, and not shared with another process."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar
from uuid import UUID

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from .settings import Settings

logger = structlog.get_logger()
Model = TypeVar("Model")


class Database:
    """One table for each model; every change counts at once, there is nothing to commit."""

    def __init__(self) -> None:
        self._tables: defaultdict[type, dict[UUID, Any]] = defaultdict(dict)

    def table(self, model: type[Model]) -> dict[UUID, Model]:
        return self._tables[model]

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator["Database"]:
        yield self


# There are no transactions: what is written is there at once.
Session = Database


async def after_commit(_: Session, call: Callable[[], Awaitable[None]]) -> None:
    await call()


async def roll_back(_: Session) -> None:
    """There is nothing to take back."""


@asynccontextmanager
async def open_database(_: Settings) -> AsyncGenerator[Database]:
    logger.info("rows and tasks are kept in memory, and lost when the service stops")
    yield Database()


async def get_session(connection: HTTPConnection) -> Session:
    database: Database = connection.state.database
    return database


SessionDep = Annotated[Session, Depends(get_session)]
