"""What is stored."""

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Entity


class Customer(Entity):
    __tablename__ = "customers"

    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
