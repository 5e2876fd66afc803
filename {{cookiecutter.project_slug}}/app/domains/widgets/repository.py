"""How widgets are stored and found; every query of this domain is here."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import SessionDep

from .models import Widget


class WidgetRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, widget: Widget) -> None:
        self._session.add(widget)
        await self._session.flush()

    async def get(self, widget_id: UUID) -> Widget | None:
        return await self._session.get(Widget, widget_id)

    async def list(self, limit: int, after: UUID | None) -> Sequence[Widget]:
        """At most `limit`, oldest first, of those made after the one with the ID `after`."""
        query = select(*Widget.__table__.columns).order_by(Widget.id).limit(limit)
        if after is not None:
            query = query.where(Widget.id > after)
        rows = (await self._session.execute(query)).all()
        # Plain rows read like widgets, and cost less: nothing on a page is tracked for changes.
        return cast("Sequence[Widget]", rows)

    async def update(self, widget: Widget, changes: Mapping[str, Any]) -> None:
        for field, value in changes.items():
            setattr(widget, field, value)
        await self._session.flush()

    async def delete(self, widget: Widget) -> None:
        await self._session.delete(widget)
        await self._session.flush()


async def get_repository(session: SessionDep) -> WidgetRepository:
    return WidgetRepository(session)


WidgetRepositoryDep = Annotated[WidgetRepository, Depends(get_repository)]
