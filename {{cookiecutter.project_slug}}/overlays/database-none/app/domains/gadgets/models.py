"""What is stored."""

from dataclasses import dataclass
from typing import ClassVar

from app.database import Entity
from app.database.memory import unique


@dataclass(kw_only=True)
class Gadget(Entity):
    __tablename__: ClassVar[str] = "gadgets"

    name: str = unique()
