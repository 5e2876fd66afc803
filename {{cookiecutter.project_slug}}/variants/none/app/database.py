"""Rows in the memory of this process: lost when it stops, and not shared with another process."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from .settings import Settings

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


@asynccontextmanager
async def open_database(_: Settings) -> AsyncGenerator[Database]:
    yield Database()
