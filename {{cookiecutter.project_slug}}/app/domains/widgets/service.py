"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Sequence
from uuid import UUID

from app.errors import NotFoundError
from app.schemas import Paging
from .models import Widget
from .repository import Repository
from .schemas import WidgetCreate, WidgetUpdate


async def create(repository: Repository, data: WidgetCreate) -> Widget:
    return await repository.add(Widget(**data.model_dump()))


async def list_page(repository: Repository, paging: Paging) -> Sequence[Widget]:
    """The page, and one row more when another page follows."""
    return await repository.list(paging.limit + 1, paging.cursor)


async def get(repository: Repository, id: UUID) -> Widget:
    row = await repository.get(id)
    if row is None:
        raise NotFoundError("There is no such widget.")
    return row


async def update(
    repository: Repository,
    id: UUID,
    data: WidgetUpdate,
) -> Widget:
    return await repository.update(await get(repository, id), data.model_dump())


async def delete(repository: Repository, id: UUID) -> None:
    await repository.delete(await get(repository, id))
