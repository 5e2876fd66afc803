"""How PostgreSQL is reached, and how long it is waited for."""

from contextlib import aclosing
from typing import Any, TypeVar

from psycopg import AsyncConnection, AsyncServerCursor, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import DivisionByZero, InFailedSqlTransaction, ReadOnlySqlTransaction
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings import Settings
from .sql import Database, as_mistake

T = TypeVar("T")


class ReadOnlyError(Exception):
    """The server takes no writes now."""


class ServerCursor(AsyncServerCursor[Any]):
    """Of a stream whose client may hang up at any time: it ends with its transaction."""

    def __del__(self, *_: Any) -> None:
        """Without the warning of psycopg, which wants it closed before."""


class Connection(AsyncConnection[Any]):
    """Closes itself when the server stays silent: frozen or out of reach, it keeps no time limit itself."""

    patience: float | None = None

    async def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:  # noqa: ASYNC109
        try:
            return await super().wait(gen, interval, timeout or self.patience)
        except OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                await self.close()
            raise

    async def cancel_safe(self, *, timeout: float = 1.0) -> None:  # noqa: ASYNC109
        """For psycopg, when a task is cancelled that waits for the server; it would give that 10 seconds."""
        try:
            await super().cancel_safe(timeout=min(timeout, 1.0))
        except OperationalError:
            await self.close()


def create_engine(settings: Settings, **options: Any) -> AsyncEngine:
    seconds = settings.database_timeout

    async def connect(*arguments: Any, **options: Any) -> Connection:
        connection = await Connection.connect(*arguments, **options)
        # The server's own limit comes first, for it leaves the connection whole.
        connection.patience = seconds + 1
        connection.server_cursor_factory = ServerCursor
        return connection

    engine = create_async_engine(
        settings.database_url,
        connect_args={
            "async_creator_fn": connect,
            "connect_timeout": max(2, int(seconds)),
            "options": f"-c statement_timeout={int(seconds * 1000)} -c timezone=UTC",
        },
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=seconds,
        pool_pre_ping=True,
        # Values that clients have sent stay out of the log.
        hide_parameters=True,
        **options,
    )
    event.listen(engine.sync_engine, "handle_error", on_read_only)
    event.listen(engine.sync_engine, "handle_error", on_mistake)
    return engine


def on_read_only(context: ExceptionContext) -> None:
    """Throw all connections away: their server may be the standby of another one by now, or keep its word."""
    if isinstance(context.original_exception, ReadOnlySqlTransaction):
        context.is_disconnect = True


def on_mistake(context: ExceptionContext) -> None:
    """PostgreSQL has them in the classes of bad values and of its own failures."""
    if isinstance(context.original_exception, DivisionByZero | InFailedSqlTransaction):
        raise as_mistake(context)


def check_writing(connection: SqlConnection) -> None:
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
        # A session stays what it was when it began.
        connection.invalidate()
        raise ReadOnlyError


def open_database(settings: Settings, **options: Any) -> aclosing[Database]:
    """With options of SQLAlchemy's engine."""
    return aclosing(Database(create_engine(settings, **options), check_writing))
