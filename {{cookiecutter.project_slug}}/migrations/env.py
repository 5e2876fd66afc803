"""What Alembic runs: the migrations of all parts, on the database of the settings."""

import asyncio
from typing import Any, Literal

from alembic import command, context
from sqlalchemy import Connection, Enum
from sqlalchemy.exc import DBAPIError

import app.factory  # noqa: F401 makes the tables of all parts known
from app.database.migration_check import current_revisions, known_revisions
# % if cookiecutter.auth != "none"
from app.database.ownership_migration import give_owners
from app.database.ownership_sql import OwnerId
# % endif
# % if cookiecutter.database == "postgresql"
from app.database.postgresql import create_engine
# % endif
from app.database.sql import Base, ExactDecimal, UTCDateTime, address_of
# % if cookiecutter.database == "sqlite"
from app.database.sqlite import create_engine
# % endif
from app.settings import read_settings

# To fill a column or an index may take longer than any request.
# % if cookiecutter.auth == "oidc"
# Nobody logs in here, so no provider needs to be known.
settings = read_settings(database_timeout=3600, oidc_issuer="https://localhost")

# % else
settings = read_settings(database_timeout=3600)

# % endif
# % if cookiecutter.database == "postgresql"
# One at a time; and a migration that waits for a lock on a table makes every request wait too.
BEFORE = ("SELECT pg_advisory_xact_lock(7)", "SET LOCAL lock_timeout = '10s'")


# % endif
# % if cookiecutter.database == "sqlite"
# All or nothing, one at a time; with foreign keys on, a copied table would lose the rows that refer to it.
BEFORE = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")


# % endif
def render_type(kind: str, value: Any, _: object) -> str | Literal[False]:
    """A migration names the types of the database, not ours: it outlives our code."""
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, ExactDecimal):
        return 'sa.Numeric(18, 4).with_variant(sa.BigInteger(), "sqlite")'
    # % if cookiecutter.auth != "none"
    if kind == "type" and isinstance(value, OwnerId):
        return "sa.String(length=255)"
    # % endif
    if kind == "type" and isinstance(value, Enum) and not value.native_enum:
        return f"sa.String(length={value.length})"
    return False


# % if cookiecutter.tasks == "postgresql"
def include_name(name: str | None, kind: str, _: object) -> bool:
    """Tables of Procrastinate are not for us to compare."""
    return kind != "table" or not str(name).startswith("procrastinate_")


# % endif
def run_migrations(connection: Connection | None = None) -> None:
    """On the database; without a connection, print their SQL."""
    context.configure(
        connection=connection,
        url=settings.database_url,
        dialect_opts={"paramstyle": "named"},
        literal_binds=context.is_offline_mode(),
        target_metadata=Base.metadata,
        render_item=render_type,
        # % if cookiecutter.tasks == "postgresql"
        include_name=include_name,
        # % endif
        # One database changes a table by a copy of it; others run the same lines without one.
        render_as_batch=True,
        # % if cookiecutter.auth != "none"
        process_revision_directives=give_owners,
        # % endif
    )
    with context.begin_transaction():
        context.run_migrations()


def is_upgrade() -> bool:
    """To the newest migration, as `make migrate` and each deployment do it."""
    options = context.config.cmd_opts
    return options is not None and options.cmd[0] is command.upgrade and options.revision in ("head", "heads")


def migrate(connection: Connection) -> None:
    newer = current_revisions(connection) - known_revisions()[0]
    if newer and is_upgrade():
        # A release before, to which a deployment goes back.
        names = ", ".join(sorted(newer))
        context.config.print_stdout(f"Nothing to migrate: a newer release has added {names}.")
        return
    for statement in BEFORE:
        connection.exec_driver_sql(statement)
    run_migrations(connection)


async def connect() -> None:
    engine = create_engine(settings)
    try:
        await (await engine.connect()).close()
    except DBAPIError as error:
        # Some drivers have a thread, which tells the loop of its end.
        await asyncio.sleep(0.1)
        raise SystemExit(f"DATABASE_URL={address_of(engine)}: {error.orig}") from None
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    run_migrations()
else:
    asyncio.run(connect())
