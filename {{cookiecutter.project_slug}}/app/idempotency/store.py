"""What is kept of a response, and what the routes need of whatever keeps it."""

from dataclasses import dataclass
from typing import Protocol

from app.database import Session


@dataclass(frozen=True)
class StoredResponse:
    fingerprint: str
    """Of the request: its method, its address and its body."""
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class IdempotencyStore(Protocol):
    in_progress: set[str]
    """The keys of requests that this process is working on."""

    async def find(self, key: str) -> StoredResponse | None: ...

    async def save(self, session: Session, key: str, stored: StoredResponse) -> None:
        """Committed with the work of the request. Raises when another request has the key by now."""
