"""How books are stored and found; every query of this domain is here."""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import select

from app.database import EntityRepository, Session, SessionDep
from .models import Book, BookStatus


class Repository(EntityRepository[Book]):
    model = Book


async def get_repository(session: SessionDep) -> Repository:
    return Repository(session)


RepositoryDep = Annotated[Repository, Depends(get_repository)]


async def prices(session: Session, ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Of those books that are available."""
    query = select(Book.id, Book.price).where(Book.id.in_(ids), Book.status == BookStatus.AVAILABLE)
    return {row.id: row.price for row in await session.execute(query)}
