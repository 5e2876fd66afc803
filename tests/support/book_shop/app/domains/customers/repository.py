"""How customers are stored and found; every query of this domain is here."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.database import EntityRepository, Session, SessionDep
from .models import Customer


class Repository(EntityRepository[Customer]):
    model = Customer


async def get_repository(session: SessionDep) -> Repository:
    return Repository(session)


RepositoryDep = Annotated[Repository, Depends(get_repository)]


async def email_of(session: Session, id: UUID) -> str | None:
    """None when there is no such customer."""
    customer = await Repository(session).get(id)
    return customer.email if customer else None
