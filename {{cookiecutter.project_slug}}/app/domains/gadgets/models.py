"""What is stored."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import OwnedEntity
from app.database.ownership_sql import own_indexed


class Gadget(OwnedEntity):
    __tablename__ = "gadgets"
    __table_args__ = (
        *own_indexed(
            "created_at",
        ),
        UniqueConstraint("owner_id", "name"),
    )

    name: Mapped[str] = mapped_column(String(255))
