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

router = PrefixRouter(prefix="/gadgets", tags=["gadgets"])


@router.post("", response_model=schemas.GadgetRead, status_code=201)
async def create_gadget(
    data: schemas.GadgetCreate,
    session: SessionDep,
    request: Request,
    response: Response,
) -> models.Gadget:
    row = await service.create(Repository(session), data)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_gadgets(
    query: Annotated[schemas.GadgetQuery, Query()],
    session: SessionDep,
) -> schemas.GadgetPage:
    rows = await service.list_page(Repository(session), query)
    return schemas.GadgetPage.of(rows, query)


# % if cookiecutter.tasks != "none"
@router.post("/export", status_code=202)
async def start_gadget_export(outbox: TasksDep) -> TaskRecord:
    return outbox.submit(tasks.export_gadgets)


# % endif
@router.get("/{id:uuid}", response_model=schemas.GadgetRead)
async def get_gadget(id: UUID, session: SessionDep) -> models.Gadget:
    return await service.get(Repository(session), id)


@router.patch("/{id:uuid}", response_model=schemas.GadgetRead)
async def update_gadget(
    id: UUID,
    data: schemas.GadgetUpdate,
    session: SessionDep,
) -> models.Gadget:
    return await service.update(Repository(session), id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_gadget(id: UUID, session: SessionDep) -> None:
    await service.delete(Repository(session), id)
