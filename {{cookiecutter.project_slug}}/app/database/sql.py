"""One engine a process, one transaction a request, and what the errors of a database mean to a client."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Annotated, Any, ClassVar, cast, get_args
from uuid import UUID

import sqlalchemy
import structlog
from fastapi import Depends
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    ExceptionContext,
    Index,
    Integer,
    MetaData,
    Numeric,
    TypeDecorator,
    event,
    exc,
)
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql import operators
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine
from starlette.requests import HTTPConnection

from app.clock import new_id, now
from app.errors import ConflictError, InvalidError, ServiceError, UnavailableError
from .migration_check import check_migrations

logger = structlog.get_logger()
Session = AsyncSession
AFTER_COMMIT = "after_commit"
REFUSED = "refused"
OF_SESSION = "of_session"
# What drivers raise for values that they cannot even send.
UNFIT = (OverflowError, UnicodeEncodeError)


def read_utc(text: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{text}+00:00") if text else None


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC also where the database itself keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True
    python_type = datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value and value.tzinfo is None:
            # It would be taken for one in the time zone of this machine.
            raise InvalidError("A date with a time needs its offset from UTC, or a Z.")
        return value and value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """What is read has an offset, which is that of UTC, but where the database keeps none."""
        return read_utc if dialect.name == "sqlite" else None


class ExactDecimal(TypeDecorator[Decimal]):
    """A number of 18 digits, 4 of them after the point.

    SQLite has binary floats only: there it is an integer, of ten-thousandths.
    """

    # More digits are refused: a database would round them without a word.
    STEP = Decimal("0.0001")
    impl = Numeric(18, 4)
    cache_ok = True
    python_type = Decimal

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(18, 4))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        """A factor is no number of ten-thousandths; the product would have too many digits."""
        if op not in (operators.mul, operators.truediv):
            return self
        if isinstance(value, int):
            return Integer()
        raise TypeError("Databases multiply decimals by integers only: compute the rest in Python.")

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        digits = Decimal(value)
        if not digits.is_finite() or abs(digits) >= 10**14 or digits % self.STEP:
            raise InvalidError("A decimal has at most 14 digits before the point and 4 after it.")
        return int(digits / self.STEP) if dialect.name == "sqlite" else digits

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return self._read if dialect.name == "sqlite" else None

    def _read(self, steps: float | None) -> Decimal | None:
        return None if steps is None else round(steps) * self.STEP


def values_of(enumeration: type[Enum]) -> list[str]:
    return [str(member.value) for member in enumeration]


def choice(values: Any, name: str) -> sqlalchemy.Enum:
    """The values of a `Literal`, as text, with a CHECK of this name."""
    return sqlalchemy.Enum(*get_args(values), name=name, native_enum=False, create_constraint=True, length=50)


def indexed(*columns: str | Index) -> tuple[Index, ...]:
    """An index for each column by which lists filter or sort; the ID comes after it, as in a page."""
    return tuple(each if isinstance(each, Index) else Index(None, each, "id") for each in columns)


class Base(DeclarativeBase):
    # The same names on every database, so that a migration can refer to them.
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        Decimal: ExactDecimal,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        # As text: a type of the database would need a migration of its own for each new value.
        Enum: sqlalchemy.Enum(Enum, native_enum=False, length=50, values_callable=values_of),
    }


class Entity(Base):
    """A table with the columns that every domain has."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    # Incremented by every UPDATE, which fails when another request has incremented it first.
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def remember_session(session: OrmSession, _: object, connection: Connection) -> None:
    connection.info[OF_SESSION] = session.info


def refuse(context: ExceptionContext, error: BaseException | None) -> None:
    """Outside a savepoint the transaction is over, whatever catches this: a COMMIT would lose it silently."""
    connection = context.connection
    if connection is not None and not connection.in_nested_transaction():
        connection.info.get(OF_SESSION, {}).setdefault(REFUSED, error)


def replaced(context: ExceptionContext, kind: type[exc.DBAPIError]) -> exc.DBAPIError:
    """As an error of this kind, where a driver has another one."""
    error = kind(context.statement, None, context.original_exception, hide_parameters=True)
    refuse(context, error)
    return error


def as_mistake(context: ExceptionContext) -> exc.DBAPIError:
    """For a statement that is wrong: it is an error of this service, not of a client, and no outage."""
    return replaced(context, exc.ProgrammingError)


def on_error(context: ExceptionContext) -> Exception | None:
    """A value that cannot be stored is a mistake of the client; values themselves stay out of the log."""
    error = context.original_exception
    if isinstance(error, ServiceError):
        return error
    if isinstance(context.sqlalchemy_exception, exc.DataError) or isinstance(error, UNFIT):
        logger.info("value_refused", error=type(error).__name__, statement=context.statement)
        invalid = InvalidError("The database refuses a value: it is too long, too large, or no text.")
        refuse(context, invalid)
        return invalid
    refuse(context, context.sqlalchemy_exception)
    return None


def address_of(engine: AsyncEngine) -> str:
    """For people: without the password, and without the query, which may have one too."""
    return engine.url.set(query={}).render_as_string()


class Database:
    def __init__(self, engine: AsyncEngine, check_writing: Callable[[Connection], None]) -> None:
        event.listen(engine.sync_engine, "handle_error", on_error)
        self._engine = engine
        self._check_writing = check_writing
        self._next_write = 0.0
        sessions = sessionmaker(close_resets_only=False)
        event.listen(sessions, "after_begin", remember_session)
        self._sessions = async_sessionmaker(engine, sync_session_class=sessions, expire_on_commit=False)
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back when the block raises.

        It takes a connection at the first query. ConflictError or UnavailableError for what the database
        refuses or cannot do.
        """
        session = self._sessions()
        end_left = partial(self._end_left, session)
        # In a request or a task there is one.
        opener = cast(asyncio.Task[Any], asyncio.current_task())
        opener.add_done_callback(end_left)
        try:
            yield session
            if refused := session.info.get(REFUSED):
                # Whatever has caught it: the work before it was rolled back, and would be lost silently.
                raise refused
            if session.in_transaction():
                await session.commit()
            for call in session.info.get(AFTER_COMMIT, ()):
                await call()
        except exc.IntegrityError as error:
            raise ConflictError(
                "This conflicts with what is stored: a value is taken, missing or in use."
            ) from error
        except StaleDataError as error:
            raise ConflictError("This was modified by another request. Read it again first.") from error
        except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
            address = address_of(self._engine)
            logger.warning("database_unavailable", error=str(error), DATABASE_URL=address)
            raise UnavailableError("The database is unavailable. Try again later.") from error
        finally:
            opener.remove_done_callback(end_left)
            # What outlives the block gets an error, instead of a connection that is never given back.
            if session.in_transaction():
                await asyncio.shield(close(session))
            else:
                # With nothing to end, and therefore nothing to wait for.
                session.sync_session.close()

    def _end_left(self, session: AsyncSession, opener: asyncio.Task[Any]) -> None:
        """A generator that is left at a `yield`, as when a client hangs up, ends only as garbage."""
        if opener.cancelled() and session.in_transaction():
            closing = asyncio.ensure_future(close(session))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def check(self) -> None:
        """Whether requests could read and write now. It writes once a second at most, however many ask."""
        async with self._engine.connect() as connection:
            await connection.run_sync(check_migrations)
            if time.monotonic() >= self._next_write:
                await connection.run_sync(self._check_writing)
                self._next_write = time.monotonic() + 1

    async def aclose(self) -> None:
        await asyncio.gather(*self._closing)
        await self._engine.dispose()


async def close(session: AsyncSession) -> None:
    while session.in_transaction():
        try:
            await session.close()
        except exc.IllegalStateChangeError:
            # A task that outlives the block is getting a connection just now, and would keep it.
            await asyncio.sleep(0.01)


async def after_commit(session: Session, call: Callable[[], Awaitable[None]]) -> None:
    """Have it called once the transaction is committed; never when it is rolled back."""
    session.info.setdefault(AFTER_COMMIT, []).append(call)


async def get_session(connection: HTTPConnection) -> AsyncGenerator[Session]:
    database: Database = connection.state.database
    async with database.begin() as session:
        connection.state.session = session
        yield session


# The scope: commit before the response is sent, so that a failed commit is never a success.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
