"""The endpoints of this domain: read the request, call the service, name the response."""

from uuid import UUID

from fastapi import Request, Response

from app.paging import PagingDep
from app.routing import PrefixRouter
# % if cookiecutter.tasks != "none"
from app.tasks import TaskRecord, TasksDep
from . import schemas, service, tasks
# % else
from . import schemas, service
# % endif
from .models import Widget
from .repository import RepositoryDep

router = PrefixRouter(prefix="/widgets", tags=["widgets"])


@router.post("", response_model=schemas.WidgetRead, status_code=201)
async def create_widget(
    data: schemas.WidgetCreate,
    repository: RepositoryDep,
    request: Request,
    response: Response,
) -> Widget:
    row = await service.create(repository, data)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_widgets(
    paging: PagingDep,
    repository: RepositoryDep,
) -> schemas.WidgetPage:
    return schemas.WidgetPage.of(await service.list_page(repository, paging), paging.limit)


# % if cookiecutter.tasks != "none"
@router.post("/export", status_code=202)
async def start_widget_export(outbox: TasksDep) -> TaskRecord:
    return outbox.submit(tasks.export_widgets)


# % endif
@router.get("/{id:uuid}", response_model=schemas.WidgetRead)
async def get_widget(id: UUID, repository: RepositoryDep) -> Widget:
    return await service.get(repository, id)


@router.patch("/{id:uuid}", response_model=schemas.WidgetRead)
async def update_widget(
    id: UUID,
    data: schemas.WidgetUpdate,
    repository: RepositoryDep,
) -> Widget:
    return await service.update(repository, id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_widget(id: UUID, repository: RepositoryDep) -> None:
    await service.delete(repository, id)
