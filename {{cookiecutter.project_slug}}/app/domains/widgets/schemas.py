"""What clients send and receive."""

from pydantic import MISSING, BaseModel

from app.schemas import EntityRead, Name, Page


class WidgetCreate(BaseModel, extra="forbid"):
    name: Name


class WidgetUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    name: Name | MISSING = MISSING


class WidgetRead(EntityRead):
    name: str


class WidgetPage(Page[WidgetRead]):
    """Widgets in the order of their creation."""
