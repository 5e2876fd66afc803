"""The rules of this domain. No HTTP here: take data, return models, raise errors."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from app.errors import InvalidError, NotFoundError
from .models import Order, OrderLine
from .repository import Repository
from .schemas import LineCreate, OrderCreate, OrderQuery, OrderUpdate

Prices = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Decimal]]]


async def create(repository: Repository, data: OrderCreate, prices: Prices) -> Order:
    lines = await price_lines(data.lines, prices)
    return await repository.add(Order(customer_id=data.customer_id, lines=lines))


async def price_lines(lines: Sequence[LineCreate], prices: Prices) -> list[OrderLine]:
    known = await prices({line.book_id for line in lines})
    for number, line in enumerate(lines):
        if line.book_id not in known:
            raise InvalidError(f"lines[{number}].book_id: no available book has this id.")
    return [OrderLine(**line.model_dump(), price=known[line.book_id]) for line in lines]


async def list_page(
    repository: Repository,
    query: OrderQuery,
) -> Sequence[Order]:
    """The page, and one row more when another page follows."""
    return await repository.list(query)


async def get(repository: Repository, id: UUID) -> Order:
    row = await repository.get(id)
    if row is None:
        raise NotFoundError("There is no such order.")
    return row


async def update(
    repository: Repository,
    id: UUID,
    data: OrderUpdate,
) -> Order:
    return await repository.update(await get(repository, id), data.model_dump())


async def confirm(repository: Repository, id: UUID) -> None:
    row = await get(repository, id)
    if row.status == "placed":
        await repository.update(row, {"status": "confirmed"})


async def delete(repository: Repository, id: UUID) -> None:
    await repository.delete(await get(repository, id))
