"""What Alembic runs: the migrations of all parts, on the database of the settings."""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

import app.factory  # noqa: F401 makes the tables of all parts known
from app.database import Base, UTCDateTime
# % if cookiecutter.database == "postgresql"
from app.database.postgresql import BEFORE_MIGRATIONS, CHANGES_TABLES_BY_COPY, create_engine
# % endif
# % if cookiecutter.database == "sqlite"
from app.database.sqlite import BEFORE_MIGRATIONS, CHANGES_TABLES_BY_COPY, create_engine
# % endif
from app.settings import Settings


def render_type(kind: str, value: Any, _: object) -> str | Literal[False]:
    """A migration names the types of the database, not ours: it outlives our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UTCDateTime) else False


# % if cookiecutter.tasks == "postgresql"
def include_name(name: str | None, kind: str, _: object) -> bool:
    """Tables of Procrastinate are not for us to compare."""
    return kind != "table" or not str(name).startswith("procrastinate_")


# % endif
def migrate(connection: Connection) -> None:
    for statement in BEFORE_MIGRATIONS:
        connection.exec_driver_sql(statement)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_type,
        # % if cookiecutter.tasks == "postgresql"
        include_name=include_name,
        # % endif
        render_as_batch=CHANGES_TABLES_BY_COPY,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect() -> None:
    # To fill a column or an index may take longer than any request.
    engine = create_engine(Settings(database_timeout=3600))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


asyncio.run(connect())
