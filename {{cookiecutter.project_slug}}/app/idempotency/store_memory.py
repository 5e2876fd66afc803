"""Responses in the memory of this process, as the rows that they tell of."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import takewhile

from app.clock import now
from app.database import Database, Session
from app.errors import ConflictError
from app.settings import Settings
from .store import StoredResponse


class MemoryIdempotencyStore:
    def __init__(self, settings: Settings) -> None:
        self.in_progress: set[str] = set()
        self._ttl = timedelta(seconds=settings.idempotency_ttl)
        self._stored: dict[str, tuple[datetime, StoredResponse]] = {}

    async def find(self, key: str) -> StoredResponse | None:
        self._expire()
        _, stored = self._stored.get(key, (None, None))
        return stored

    async def save(self, session: Session, key: str, stored: StoredResponse) -> None:
        if key in self._stored:
            raise ConflictError("A request with this Idempotency-Key has ended just now. Repeat yours.")
        self._stored[key] = now(), stored

    def _expire(self) -> None:
        limit = now() - self._ttl
        # The oldest come first.
        expired = takewhile(lambda item: item[1][0] < limit, self._stored.items())
        for key, _ in list(expired):
            del self._stored[key]


def open_idempotency(settings: Settings, _: Database) -> nullcontext[MemoryIdempotencyStore]:
    return nullcontext(MemoryIdempotencyStore(settings))
