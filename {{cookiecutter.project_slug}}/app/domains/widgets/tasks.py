"""Work of this domain that outlives a request."""

from app.state import State

from . import service
from .repository import WidgetRepository

PAGE = 100


async def export_widgets(state: State) -> list[str]:
    """The names of all widgets, read page by page."""
    names: list[str] = []
    after = None
    async with state["database"].begin() as session:
        repository = WidgetRepository(session)
        while page := await service.list_page(repository, PAGE, after):
            names += [row.name for row in page]
            after = page[-1].id
    return names
