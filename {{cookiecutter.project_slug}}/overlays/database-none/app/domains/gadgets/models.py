"""What is stored."""

from dataclasses import dataclass
from typing import ClassVar

from app.database import OwnedEntity
from app.database.memory import unique


@dataclass(kw_only=True)
class Gadget(OwnedEntity):
    __tablename__: ClassVar[str] = "gadgets"

    name: str = unique()
