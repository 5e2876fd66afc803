"""The endpoints of this domain: read the request, call the service, name the response."""

from uuid import UUID

from fastapi import Request, Response

from app.database import SessionDep
from app.routing import PrefixRouter
from app.schemas import PagingDep
from app.tasks import TaskRecord, TasksDep
from . import schemas, service
from .models import Book
from .repository import Repository
from .tasks import export_books

router = PrefixRouter(prefix="/books", tags=["books"])


@router.post("", response_model=schemas.BookRead, status_code=201)
async def create_book(
    data: schemas.BookCreate,
    session: SessionDep,
    request: Request,
    response: Response,
) -> Book:
    row = await service.create(Repository(session), data)
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return row


@router.get("")
async def list_books(
    paging: PagingDep,
    session: SessionDep,
) -> schemas.BookPage:
    return schemas.BookPage.of(await service.list_page(Repository(session), paging), paging.limit)


@router.post("/export", status_code=202)
async def start_book_export(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(export_books)


@router.get("/{id:uuid}", response_model=schemas.BookRead)
async def get_book(id: UUID, session: SessionDep) -> Book:
    return await service.get(Repository(session), id)


@router.patch("/{id:uuid}", response_model=schemas.BookRead)
async def update_book(
    id: UUID,
    data: schemas.BookUpdate,
    session: SessionDep,
) -> Book:
    return await service.update(Repository(session), id, data)


@router.delete("/{id:uuid}", status_code=204)
async def delete_book(id: UUID, session: SessionDep) -> None:
    await service.delete(Repository(session), id)
