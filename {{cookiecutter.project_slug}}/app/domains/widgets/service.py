"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Sequence
from uuid import UUID

from app.errors import NotFoundError

from .models import Widget
from .repository import WidgetRepository
from .schemas import WidgetCreate, WidgetUpdate


async def create(repository: WidgetRepository, data: WidgetCreate) -> Widget:
    widget = Widget(**data.model_dump())
    await repository.add(widget)
    return widget


async def list_page(repository: WidgetRepository, limit: int, after: UUID | None) -> Sequence[Widget]:
    return await repository.list(limit, after)


async def get(repository: WidgetRepository, widget_id: UUID) -> Widget:
    widget = await repository.get(widget_id)
    if widget is None:
        raise NotFoundError("There is no such widget.")
    return widget


async def update(repository: WidgetRepository, widget_id: UUID, data: WidgetUpdate) -> Widget:
    widget = await get(repository, widget_id)
    await repository.update(widget, data.model_dump())
    return widget


async def delete(repository: WidgetRepository, widget_id: UUID) -> None:
    await repository.delete(await get(repository, widget_id))
