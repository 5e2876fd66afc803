"""How orders are stored and found; every query of this domain is here."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.database import EntityRepository
from .models import Order, OrderStatus


class Repository(EntityRepository[Order]):
    model = Order

    async def find(
        self, status: OrderStatus | None, customer_id: UUID | None, limit: int, after: UUID | None
    ) -> Sequence[Order]:
        """At most `limit`, newest first, of those created before the one with the ID `after`."""
        query = select(Order).order_by(Order.id.desc()).limit(limit)
        query = query.where(Order.status == status) if status else query
        query = query.where(Order.customer_id == customer_id) if customer_id else query
        query = query.where(Order.id < after) if after else query
        return (await self.session.scalars(query)).all()
