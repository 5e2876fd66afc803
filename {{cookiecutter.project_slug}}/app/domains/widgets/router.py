"""The endpoints of this domain: read the request, call the service, name the response."""

from uuid import UUID

from fastapi import APIRouter, Request, Response, status

from app.paging import PagingDep
from app.tasks import TaskRecord, TasksDep

from . import service
from .models import Widget
from .repository import WidgetRepositoryDep
from .schemas import WidgetCreate, WidgetPage, WidgetRead, WidgetUpdate
from .tasks import export_widgets

router = APIRouter(prefix="/widgets", tags=["widgets"])


@router.post("", response_model=WidgetRead, status_code=status.HTTP_201_CREATED)
async def create_widget(
    data: WidgetCreate,
    repository: WidgetRepositoryDep,
    request: Request,
    response: Response,
) -> Widget:
    widget = await service.create(repository, data)
    response.headers["Location"] = request.url_for("get_widget", widget_id=widget.id).path
    return widget


@router.get("")
async def list_widgets(paging: PagingDep, repository: WidgetRepositoryDep) -> WidgetPage:
    rows = await service.list_page(repository, paging.limit + 1, paging.after)
    return WidgetPage.of(rows, paging.limit)


@router.get("/{widget_id}", response_model=WidgetRead)
async def get_widget(widget_id: UUID, repository: WidgetRepositoryDep) -> Widget:
    return await service.get(repository, widget_id)


@router.patch("/{widget_id}", response_model=WidgetRead)
async def update_widget(
    widget_id: UUID,
    data: WidgetUpdate,
    repository: WidgetRepositoryDep,
) -> Widget:
    return await service.update(repository, widget_id, data)


@router.delete("/{widget_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_widget(widget_id: UUID, repository: WidgetRepositoryDep) -> None:
    await service.delete(repository, widget_id)


@router.post("/export", status_code=status.HTTP_202_ACCEPTED)
async def start_widget_export(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(export_widgets)
