"""Responses in a table of the database, committed with the work that they tell of."""

from contextlib import nullcontext
from datetime import timedelta

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table, delete, insert, or_, select

from app.clock import now
from app.database.sql import Base, Database, Session, UTCDateTime
from app.settings import Settings
from .store import StoredResponse

KEYS = Table(
    "idempotency_keys",
    Base.metadata,
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UTCDateTime, nullable=False, default=now, index=True),
)
COLUMNS = KEYS.c.fingerprint, KEYS.c.status, KEYS.c.headers, KEYS.c.body
# Each response that is kept removes so many old ones at most, so that none takes long.
EXPIRED_AT_ONCE = 10


class SqlIdempotencyStore:
    def __init__(self, settings: Settings, database: Database) -> None:
        self.in_progress: set[str] = set()
        self._database, self._ttl = database, timedelta(seconds=settings.idempotency_ttl)

    async def find(self, key: str) -> StoredResponse | None:
        found = select(*COLUMNS).where(KEYS.c.key == key, KEYS.c.created_at >= now() - self._ttl)
        async with self._database.begin() as session:
            row = (await session.execute(found)).mappings().one_or_none()
        return StoredResponse(**row) if row else None

    async def save(self, session: Session, key: str, stored: StoredResponse) -> None:
        old = KEYS.c.created_at < now() - self._ttl
        oldest = select(KEYS.c.key).where(old).order_by(KEYS.c.created_at).limit(EXPIRED_AT_ONCE)
        await session.execute(delete(KEYS).where(old, or_(KEYS.c.key == key, KEYS.c.key.in_(oldest))))
        await session.execute(insert(KEYS).values(key=key, **vars(stored)))


def open_idempotency(settings: Settings, database: Database) -> nullcontext[SqlIdempotencyStore]:
    return nullcontext(SqlIdempotencyStore(settings, database))
