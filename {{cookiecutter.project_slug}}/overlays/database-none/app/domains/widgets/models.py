"""What is stored."""

from dataclasses import dataclass

from app.database import Entity
from app.database.memory import unique


@dataclass(kw_only=True)
class Widget(Entity):
    name: str = unique()
