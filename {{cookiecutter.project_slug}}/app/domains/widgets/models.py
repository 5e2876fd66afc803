"""What is stored."""

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Entity


class Widget(Entity):
    __tablename__ = "widgets"

    name: Mapped[str] = mapped_column(unique=True)
