"""Work of this domain that outlives a request."""

from app.state import State
from .repository import Repository


async def export_customers(state: State) -> list[str]:
    """The names of all customers, read page by page."""
    names: list[str] = []
    after = None
    async with state["database"].begin() as session:
        repository = Repository(session)
        while page := await repository.list(100, after):
            names += [row.name for row in page]
            after = page[-1].id
    return names
