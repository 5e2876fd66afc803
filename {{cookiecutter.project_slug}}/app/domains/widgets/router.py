"""The endpoints of this domain: read the request, call the service, name the response."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.database import SessionDep
from app.routing import PrefixRouter
# % if cookiecutter.tasks != "none"
from app.tasks import TaskRecord, TasksDep
from . import models, schemas, service, tasks
# % else
from . import models, schemas, service
# % endif
from .repository import Repository

router = PrefixRouter(prefix="/widgets", tags=["widgets"])


@router.post("", response_model=schemas.WidgetRead, status_code=201)
async def create_widget(
    data: schemas.WidgetCreate,
    session: SessionDep,
    request: Request,
    response: Response,
) -> models.Widget:
    row = await service.create(Repository(session), data)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_widgets(
    query: Annotated[schemas.WidgetQuery, Query()],
    session: SessionDep,
) -> schemas.WidgetPage:
    rows = await service.list_page(Repository(session), query)
    return schemas.WidgetPage.of(rows, query)


# % if cookiecutter.tasks != "none"
@router.post("/export", status_code=202)
async def start_widget_export(outbox: TasksDep) -> TaskRecord:
    return outbox.submit(tasks.export_widgets)


# % endif
@router.get("/{id:uuid}", response_model=schemas.WidgetRead)
async def get_widget(id: UUID, session: SessionDep) -> models.Widget:
    return await service.get(Repository(session), id)


@router.patch("/{id:uuid}", response_model=schemas.WidgetRead)
async def update_widget(
    id: UUID,
    data: schemas.WidgetUpdate,
    session: SessionDep,
) -> models.Widget:
    return await service.update(Repository(session), id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_widget(id: UUID, session: SessionDep) -> None:
    await service.delete(Repository(session), id)
