"""The endpoints of this domain: read the request, call the service, name the response."""

from uuid import UUID

from fastapi import Request, Response

from app.paging import PagingDep
from app.routing import PrefixRouter
from app.tasks import TaskRecord, TasksDep
from . import schemas, service
from .models import Customer
from .repository import RepositoryDep
from .tasks import export_customers

router = PrefixRouter(prefix="/customers", tags=["customers"])


@router.post("", response_model=schemas.CustomerRead, status_code=201)
async def create_customer(
    data: schemas.CustomerCreate,
    repository: RepositoryDep,
    request: Request,
    response: Response,
) -> Customer:
    row = await service.create(repository, data)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_customers(
    paging: PagingDep,
    repository: RepositoryDep,
) -> schemas.CustomerPage:
    return schemas.CustomerPage.of(await service.list_page(repository, paging), paging.limit)


@router.post("/export", status_code=202)
async def start_customer_export(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(export_customers)


@router.get("/{id:uuid}", response_model=schemas.CustomerRead)
async def get_customer(id: UUID, repository: RepositoryDep) -> Customer:
    return await service.get(repository, id)


@router.patch("/{id:uuid}", response_model=schemas.CustomerRead)
async def update_customer(
    id: UUID,
    data: schemas.CustomerUpdate,
    repository: RepositoryDep,
) -> Customer:
    return await service.update(repository, id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_customer(id: UUID, repository: RepositoryDep) -> None:
    await service.delete(repository, id)
