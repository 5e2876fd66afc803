"""What is stored."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Entity
from app.database.sql import indexed


class Gadget(Entity):
    __tablename__ = "gadgets"
    __table_args__ = indexed(
        "created_at",
    )

    name: Mapped[str] = mapped_column(String(255), unique=True)
