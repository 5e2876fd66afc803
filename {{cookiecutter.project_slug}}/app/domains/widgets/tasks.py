"""Work of this domain that outlives a request."""

from app.paging import PageQuery
from app.state import State
from .repository import Repository


async def export_widgets(state: State) -> list[str]:
    """The IDs of all widgets, read page by page."""
    ids: list[str] = []
    query: PageQuery | None = PageQuery(limit=100)
    async with state["database"].begin() as session:
        while query:
            rows = await Repository(session).list(query)
            ids += [str(row.id) for row in rows[: query.limit]]
            query = query.next_page(rows)
    return ids
