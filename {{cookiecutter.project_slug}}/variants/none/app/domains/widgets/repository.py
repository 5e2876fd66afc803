"""How widgets are stored and found; every query of this domain is here."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from app.clock import now
from app.database import Database
from app.errors import ConflictError

from .models import Widget


class WidgetRepository:
    def __init__(self, session: Database) -> None:
        self._rows = session.table(Widget)

    async def add(self, widget: Widget) -> None:
        self._refuse_taken(widget.name)
        self._rows[widget.id] = widget

    async def get(self, widget_id: UUID) -> Widget | None:
        return self._rows.get(widget_id)

    async def list(self, limit: int, after: UUID | None) -> Sequence[Widget]:
        """At most `limit`, oldest first, of those made after the one with the ID `after`."""
        later = sorted(key for key in self._rows if after is None or key > after)
        return [self._rows[key] for key in later[:limit]]

    async def update(self, widget: Widget, changes: Mapping[str, Any]) -> None:
        if changes.get("name", widget.name) != widget.name:
            self._refuse_taken(changes["name"])
        for field, value in changes.items():
            setattr(widget, field, value)
        widget.updated_at = now()

    async def delete(self, widget: Widget) -> None:
        del self._rows[widget.id]

    def _refuse_taken(self, name: str) -> None:
        if any(row.name == name for row in self._rows.values()):
            raise ConflictError("This name is taken.")


async def get_repository(request: Request) -> WidgetRepository:
    return WidgetRepository(request.state.database)


WidgetRepositoryDep = Annotated[WidgetRepository, Depends(get_repository)]
