"""The endpoints of this domain: read the request, call the service, name the response."""

from uuid import UUID

from fastapi import Request, Response

from app.database import SessionDep
from app.routing import PrefixRouter
from app.schemas import PagingDep
from app.tasks import TaskRecord, TasksDep
from . import schemas, service
from .models import Customer
from .repository import Repository
from .tasks import export_customers

router = PrefixRouter(prefix="/customers", tags=["customers"])


@router.post("", response_model=schemas.CustomerRead, status_code=201)
async def create_customer(
    data: schemas.CustomerCreate,
    session: SessionDep,
    request: Request,
    response: Response,
) -> Customer:
    row = await service.create(Repository(session), data)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_customers(
    paging: PagingDep,
    session: SessionDep,
) -> schemas.CustomerPage:
    return schemas.CustomerPage.of(await service.list_page(Repository(session), paging), paging.limit)


@router.post("/export", status_code=202)
async def start_customer_export(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(export_customers)


@router.get("/{id:uuid}", response_model=schemas.CustomerRead)
async def get_customer(id: UUID, session: SessionDep) -> Customer:
    return await service.get(Repository(session), id)


@router.patch("/{id:uuid}", response_model=schemas.CustomerRead)
async def update_customer(
    id: UUID,
    data: schemas.CustomerUpdate,
    session: SessionDep,
) -> Customer:
    return await service.update(Repository(session), id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_customer(id: UUID, session: SessionDep) -> None:
    await service.delete(Repository(session), id)
