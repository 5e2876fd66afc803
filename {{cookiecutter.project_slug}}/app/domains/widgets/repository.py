"""How widgets are stored and found; every query of this domain is here."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import SessionDep

from .models import Widget


class Repository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Widget) -> None:
        self._session.add(row)
        await self._session.flush()

    async def get(self, id: UUID) -> Widget | None:
        return await self._session.get(Widget, id)

    async def list(self, limit: int, after: UUID | None) -> Sequence[Widget]:
        """At most `limit`, oldest first, of those made after the one with the ID `after`."""
        columns = Widget.__table__.columns
        query = select(*columns).order_by(columns.id).limit(limit)
        if after is not None:
            query = query.where(columns.id > after)
        rows = (await self._session.execute(query)).all()
        # Plain rows read alike and cost less: nothing on a page is tracked for changes.
        return cast("Sequence[Widget]", rows)

    async def update(self, row: Widget, changes: Mapping[str, Any]) -> None:
        for field, value in changes.items():
            setattr(row, field, value)
        await self._session.flush()

    async def delete(self, row: Widget) -> None:
        await self._session.delete(row)
        await self._session.flush()


async def get_repository(session: SessionDep) -> Repository:
    return Repository(session)


RepositoryDep = Annotated[Repository, Depends(get_repository)]
