"""How widgets are stored and found; every query of this domain is here."""

from typing import Annotated

from fastapi import Depends

from app.database import EntityRepository, SessionDep
from .models import Widget


class Repository(EntityRepository[Widget]):
    model = Widget


async def get_repository(session: SessionDep) -> Repository:
    return Repository(session)


RepositoryDep = Annotated[Repository, Depends(get_repository)]
