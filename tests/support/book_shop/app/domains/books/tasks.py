"""Work of this domain that outlives a request."""

from app.state import State
from .repository import Repository


async def export_books(state: State) -> list[str]:
    """The titles of all books, read page by page."""
    titles: list[str] = []
    after = None
    async with state["database"].begin() as session:
        repository = Repository(session)
        while page := await repository.list(100, after):
            titles += [row.title for row in page]
            after = page[-1].id
    return titles
