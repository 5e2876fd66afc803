"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Sequence
from uuid import UUID

from app.errors import NotFoundError
from .models import Gadget
from .repository import Repository
from .schemas import GadgetCreate, GadgetQuery, GadgetUpdate


async def create(repository: Repository, data: GadgetCreate) -> Gadget:
    return await repository.add(Gadget(**data.model_dump()))


async def list_page(
    repository: Repository,
    query: GadgetQuery,
) -> Sequence[Gadget]:
    """The page, and one row more when another page follows."""
    return await repository.list(query)


async def get(repository: Repository, id: UUID) -> Gadget:
    row = await repository.get(id)
    if row is None:
        raise NotFoundError("There is no such gadget.")
    return row


async def update(
    repository: Repository,
    id: UUID,
    data: GadgetUpdate,
) -> Gadget:
    return await repository.update(await get(repository, id), data.model_dump())


async def delete(repository: Repository, id: UUID) -> None:
    await repository.delete(await get(repository, id))
