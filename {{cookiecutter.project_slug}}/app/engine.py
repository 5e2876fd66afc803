"""How SQLite is reached: one file, many readers, one writer at a time."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .settings import Settings

# What migrations have to do here when a column changes.
CHANGES_TABLES_BY_COPY = True
# All or nothing, one at a time; with foreign keys on, a table made anew would lose the rows that refer to it.
BEFORE_MIGRATIONS = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")


def create_engine(settings: Settings) -> AsyncEngine:
    engine = create_async_engine(
        settings.database_url,
        connect_args={"timeout": settings.database_timeout},
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
        # Values of callers are none of the log's business.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", set_pragmas)
    event.listen(engine.sync_engine, "reset", end_transaction)
    return engine


def set_pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    # Readers go on while somebody writes.
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def end_transaction(connection: Any, *_: object) -> None:
    """One whose COMMIT was refused is still open, with its locks; SQLAlchemy takes it for ended."""
    if connection.driver_connection.in_transaction:
        connection.rollback()
