"""How PostgreSQL is reached, and how long it is waited for."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .settings import Settings

# What migrations have to do here when a column changes.
CHANGES_TABLES_BY_COPY = False


def create_engine(settings: Settings) -> AsyncEngine:
    seconds = settings.database_timeout
    milliseconds = int(seconds * 1000)
    return create_async_engine(
        settings.database_url,
        connect_args={
            "connect_timeout": max(2, int(seconds)),
            "tcp_user_timeout": milliseconds,
            "options": f"-c statement_timeout={milliseconds} -c timezone=UTC",
        },
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=seconds,
        pool_pre_ping=True,
    )
