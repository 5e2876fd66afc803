"""The endpoints of this domain: read the request, call the service, name the response."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.paging import PagingDep
from app.tasks import TaskRecord, TasksDep

from . import schemas, service
from .models import Widget
from .repository import RepositoryDep
from .tasks import export_widgets

router = APIRouter(prefix="/widgets", tags=["widgets"])


@router.post("", response_model=schemas.WidgetRead, status_code=201)
async def create_widget(
    data: schemas.WidgetCreate,
    rows: RepositoryDep,
    request: Request,
    response: Response,
) -> Widget:
    row = await service.create(rows, data)
    response.headers["Location"] = request.url_for("get_widget", id=row.id).path
    return row


@router.get("")
async def list_widgets(
    paging: PagingDep,
    rows: RepositoryDep,
) -> schemas.WidgetPage:
    return schemas.WidgetPage.of(await service.list_page(rows, paging), paging.limit)


@router.get("/{id:uuid}", response_model=schemas.WidgetRead)
async def get_widget(id: UUID, rows: RepositoryDep) -> Widget:
    return await service.get(rows, id)


@router.patch("/{id:uuid}", response_model=schemas.WidgetRead)
async def update_widget(
    id: UUID,
    data: schemas.WidgetUpdate,
    rows: RepositoryDep,
) -> Widget:
    return await service.update(rows, id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_widget(id: UUID, rows: RepositoryDep) -> None:
    await service.delete(rows, id)


@router.post("/export", status_code=202)
async def start_widget_export(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(export_widgets)
