"""How widgets are stored and found; every query of this domain is here."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from app.clock import now
from app.database import Database
from app.errors import ConflictError

from .models import Widget


class Repository:
    def __init__(self, session: Database) -> None:
        self._rows = session.table(Widget)

    async def add(self, row: Widget) -> None:
        self._refuse_taken(row.name)
        self._rows[row.id] = row

    async def get(self, id: UUID) -> Widget | None:
        return self._rows.get(id)

    async def list(self, limit: int, after: UUID | None) -> Sequence[Widget]:
        """At most `limit`, oldest first, of those made after the one with the ID `after`."""
        later = sorted(key for key in self._rows if after is None or key > after)
        return [self._rows[key] for key in later[:limit]]

    async def update(self, row: Widget, changes: Mapping[str, Any]) -> None:
        if changes.get("name", row.name) != row.name:
            self._refuse_taken(changes["name"])
        for field, value in changes.items():
            setattr(row, field, value)
            row.updated_at = now()

    async def delete(self, row: Widget) -> None:
        del self._rows[row.id]

    def _refuse_taken(self, name: str) -> None:
        if any(row.name == name for row in self._rows.values()):
            raise ConflictError("This name is taken.")


async def get_repository(request: Request) -> Repository:
    return Repository(request.state.database)


RepositoryDep = Annotated[Repository, Depends(get_repository)]
