"""How SQLite is reached: one file, many readers, one writer at a time."""

import re
import sqlite3
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, ExceptionContext, event
from sqlalchemy.exc import DisconnectionError, MissingGreenlet, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from app.settings import Settings
from .sql import Database, as_mistake, replaced

# What `sqlite3` begins no transaction for, though it has to be a part of one.
UNBEGUN = re.compile(r"\s*(SAVEPOINT|WITH\b.*\b(INSERT|UPDATE|DELETE|REPLACE))\b", re.IGNORECASE | re.DOTALL)


def create_engine(settings: Settings, **options: Any) -> AsyncEngine:
    engine = create_async_engine(
        settings.database_url,
        # Its thread waits for a lock, and cannot be cancelled with the request.
        connect_args={"timeout": min(settings.database_timeout, settings.request_timeout)},
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
        # Then its statistics are kept, also where the process runs for long.
        pool_recycle=3600,
        # `end_transaction` does it, and only where there is one.
        pool_reset_on_return=None,
        # Values that clients have sent stay out of the log.
        hide_parameters=True,
        **options,
    )
    event.listen(engine.sync_engine, "connect", set_pragmas)
    event.listen(engine.sync_engine, "before_cursor_execute", begin_transaction)
    event.listen(engine.sync_engine, "reset", end_transaction)
    event.listen(engine.sync_engine, "close", keep_statistics)
    event.listen(engine.sync_engine, "handle_error", on_mistake)
    watch_file(engine)
    return engine


@compiles(JSON, "sqlite")
def as_text(*_: object, **__: object) -> str:
    """In a column of another type SQLite makes numbers of texts: 1.0 would be 1, and a long one inexact."""
    return "TEXT"


def set_pragmas(connection: Any, _: object) -> None:
    # Readers go on while another connection writes.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def begin_transaction(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
    """Else these would be committed at once, whatever becomes of their request."""
    driver: Any = connection.connection.driver_connection
    if UNBEGUN.match(statement) and not driver.in_transaction:
        cursor.execute("BEGIN IMMEDIATE")


def keep_statistics(connection: Any, _: object) -> None:
    """Of tables that have grown: by them SQLite chooses between two indexes, as for a filter and an order."""
    # A connection that is thrown away may be closed where nothing can be awaited.
    with suppress(sqlite3.Error, MissingGreenlet):
        for pragma in ("busy_timeout = 0", "analysis_limit = 400", "optimize"):
            connection.execute(f"PRAGMA {pragma}")


def end_transaction(connection: Any, _: object, state: PoolResetState) -> None:
    """Roll back what is open. SQLAlchemy takes a transaction whose COMMIT was refused for ended."""
    if not state.terminate_only and connection.driver_connection.in_transaction:
        connection.rollback()


def on_mistake(context: ExceptionContext) -> None:
    """SQLite has one class of errors for these and for outages, such as a file without its tables."""
    error = context.original_exception
    # SQLAlchemy's own, for a connection that is closed, has no code.
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_ERROR and "no such table" not in str(error):
        raise as_mistake(context)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        # For the driver this is no outage: it has no class of its own.
        raise replaced(context, OperationalError)


def watch_file(engine: AsyncEngine) -> None:
    """Open connections go on with a file that was deleted or replaced, and what they write is lost."""
    path = Path(str(engine.url.database))

    def identify() -> tuple[int, int] | None:
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @event.listens_for(engine.sync_engine, "connect")
    def remember(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["file"] = identify()

    @event.listens_for(engine.sync_engine, "checkout")
    def compare(_: Any, record: ConnectionPoolEntry, __: Any) -> None:
        if record.info["file"] != identify():
            # The pool opens another one.
            raise DisconnectionError


def check_writing(connection: Connection) -> None:
    """SQLite writes this number also when it stays the same."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar()
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def open_database(settings: Settings, **options: Any) -> aclosing[Database]:
    """With options of SQLAlchemy's engine."""
    return aclosing(Database(create_engine(settings, **options), check_writing))
