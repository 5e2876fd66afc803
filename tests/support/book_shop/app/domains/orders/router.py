"""The endpoints of this domain: read the request, call the service, name the response."""

from functools import partial
from uuid import UUID

from fastapi import Request, Response

from app.database import SessionDep
from app.routing import PrefixRouter
from app.tasks import TasksDep
from . import schemas, service
from .models import Order
from .repository import Repository
from .tasks import send_confirmation

router = PrefixRouter(prefix="/orders", tags=["orders"])


@router.post("", response_model=schemas.OrderRead, status_code=201)
async def create_order(
    data: schemas.OrderCreate,
    session: SessionDep,
    tasks: TasksDep,
    request: Request,
    response: Response,
) -> Order:
    email_of = partial(request.state.email_of, session)
    row = await service.create(Repository(session), data, email_of, partial(request.state.prices, session))
    tasks.submit(send_confirmation, order_id=row.id)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_orders(
    wanted: schemas.OrderFilterDep,
    session: SessionDep,
) -> schemas.OrderPage:
    return schemas.OrderPage.of(await service.list_page(Repository(session), wanted), wanted.limit)


@router.get("/{id:uuid}", response_model=schemas.OrderRead)
async def get_order(id: UUID, session: SessionDep) -> Order:
    return await service.get(Repository(session), id)


@router.patch("/{id:uuid}", response_model=schemas.OrderRead)
async def update_order(
    id: UUID,
    data: schemas.OrderUpdate,
    session: SessionDep,
) -> Order:
    return await service.update(Repository(session), id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_order(id: UUID, session: SessionDep) -> None:
    await service.delete(Repository(session), id)
