"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Sequence
from uuid import UUID

from app.errors import NotFoundError
from app.schemas import Paging
from .models import Customer
from .repository import Repository
from .schemas import CustomerCreate, CustomerUpdate


async def create(repository: Repository, data: CustomerCreate) -> Customer:
    row = Customer(**data.model_dump())
    await repository.add(row)
    return row


async def list_page(repository: Repository, paging: Paging) -> Sequence[Customer]:
    """The page, and one row more when another page follows."""
    return await repository.list(paging.limit + 1, paging.cursor)


async def get(repository: Repository, id: UUID) -> Customer:
    row = await repository.get(id)
    if row is None:
        raise NotFoundError("There is no such customer.")
    return row


async def update(
    repository: Repository,
    id: UUID,
    data: CustomerUpdate,
) -> Customer:
    row = await get(repository, id)
    await repository.update(row, data.model_dump())
    return row


async def delete(repository: Repository, id: UUID) -> None:
    await repository.delete(await get(repository, id))
