"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Sequence
from uuid import UUID

from app.errors import NotFoundError
from .models import Widget
from .repository import Repository
from .schemas import WidgetCreate, WidgetQuery, WidgetUpdate


async def create(repository: Repository, data: WidgetCreate) -> Widget:
    return await repository.add(Widget(**data.model_dump()))


async def list_page(
    repository: Repository,
    query: WidgetQuery,
) -> Sequence[Widget]:
    """The page, and one row more when another page follows."""
    return await repository.list(query)


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
