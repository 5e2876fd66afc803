"""Work of this domain that outlives a request."""

from uuid import UUID

import httpx2

from app.paging import PageQuery
from app.state import State
from app.tasks import RetryPolicy
from . import service
from .repository import Repository


async def export_orders(state: State) -> list[str]:
    """The IDs of all orders, read page by page."""
    ids: list[str] = []
    query: PageQuery | None = PageQuery(limit=100)
    async with state["database"].begin() as session:
        while query:
            rows = await Repository(session).list(query)
            ids += [str(row.id) for row in rows[: query.limit]]
            query = query.next_page(rows)
    return ids


@RetryPolicy(retry_on=(httpx2.HTTPError,), max_attempts=5, timeout=30)
async def send_confirmation(state: State, order_id: UUID) -> None:
    """Sent at least once: the mail service drops a second message with the same key."""
    async with state["database"].begin() as session:
        order = await service.get(Repository(session), order_id)
        email = await state["email_of"](session, order.customer_id)
    message = {"to": email, "order": str(order_id), "total": f"{order.total:.2f}"}
    headers = {"Idempotency-Key": str(order_id)}
    (await state["mail"].post("/messages", json=message, headers=headers)).raise_for_status()
    async with state["database"].begin() as session:
        await service.confirm(Repository(session), order_id)
