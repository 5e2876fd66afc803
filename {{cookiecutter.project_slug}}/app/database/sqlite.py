"""How SQLite is reached: one file, many readers, one writer at a time."""

from contextlib import aclosing
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings import Settings
from .sql import Database

# All or nothing, one at a time; with foreign keys on, a copied table would lose the rows that refer to it.
BEFORE_MIGRATIONS = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")


def create_engine(settings: Settings) -> AsyncEngine:
    engine = create_async_engine(
        settings.database_url,
        connect_args={"timeout": settings.database_timeout},
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
        # `end_transaction` does it, and only where there is one.
        pool_reset_on_return=None,
        # Values that clients have sent stay out of the log.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", set_pragmas)
    event.listen(engine.sync_engine, "reset", end_transaction)
    return engine


def set_pragmas(connection: Any, _: object) -> None:
    # Readers go on while another connection writes.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def end_transaction(connection: Any, *_: object) -> None:
    """Roll back what is open. SQLAlchemy takes a transaction whose COMMIT was refused for ended."""
    if connection.driver_connection.in_transaction:
        connection.rollback()


def open_database(settings: Settings) -> aclosing[Database]:
    return aclosing(Database(create_engine(settings)))
