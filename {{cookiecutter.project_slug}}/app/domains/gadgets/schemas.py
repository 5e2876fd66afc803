"""What clients send and receive."""

from typing import Literal

from pydantic import MISSING, BaseModel

from app import paging
from app.schemas import EntityRead, Text

GadgetSort = Literal[
    "created_at",
    "-created_at",
    "name",
    "-name",
]


class GadgetCreate(BaseModel, extra="forbid"):
    """What a new one is made of."""

    name: Text


class GadgetUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    name: Text | MISSING = MISSING


class GadgetRead(EntityRead):
    """What is sent of each."""

    name: str


class GadgetQuery(paging.PageQuery):
    """Which gadgets are listed, and in which order."""

    sort: GadgetSort = "created_at"
    name: Text | None = None


class GadgetPage(paging.Page[GadgetRead]):
    """Gadgets in the order that was wanted."""
