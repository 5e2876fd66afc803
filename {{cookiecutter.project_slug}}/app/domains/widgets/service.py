"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Sequence
from uuid import UUID

from app.errors import NotFoundError
from app.paging import Paging

from .models import Widget
from .repository import Repository
from .schemas import WidgetCreate, WidgetUpdate


async def create(
    rows: Repository,
    data: WidgetCreate,
) -> Widget:
    row = Widget(**data.model_dump())
    await rows.add(row)
    return row


async def list_page(rows: Repository, paging: Paging) -> Sequence[Widget]:
    """The page, and one row more when another page follows."""
    return await rows.list(paging.limit + 1, paging.after)


async def get(rows: Repository, id: UUID) -> Widget:
    row = await rows.get(id)
    if row is None:
        raise NotFoundError("There is no such widget.")
    return row


async def update(
    rows: Repository,
    id: UUID,
    data: WidgetUpdate,
) -> Widget:
    row = await get(rows, id)
    await rows.update(row, data.model_dump())
    return row


async def delete(rows: Repository, id: UUID) -> None:
    await rows.delete(await get(rows, id))
