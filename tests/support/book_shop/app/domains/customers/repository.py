"""How customers are stored and found; every query of this domain is here."""

from uuid import UUID


from app.database import EntityRepository, Session
from .models import Customer


class Repository(EntityRepository[Customer]):
    model = Customer


async def email_of(session: Session, id: UUID) -> str | None:
    """None when there is no such customer."""
    customer = await Repository(session).get(id)
    return customer.email if customer else None
