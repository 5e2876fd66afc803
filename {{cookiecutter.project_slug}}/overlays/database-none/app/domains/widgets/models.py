"""What is stored."""

from dataclasses import dataclass

from app.database import Entity, unique


@dataclass(kw_only=True)
class Widget(Entity):
    name: str = unique()
