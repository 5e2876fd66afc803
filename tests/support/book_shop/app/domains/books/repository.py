"""How books are stored and found; every query of this domain is here."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app.database import EntityRepository, Session
from .models import Book, BookStatus


class Repository(EntityRepository[Book]):
    model = Book


async def prices(session: Session, ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Of those books that are available."""
    query = select(Book.id, Book.price).where(Book.id.in_(ids), Book.status == BookStatus.AVAILABLE)
    return {row.id: row.price for row in await session.execute(query)}
