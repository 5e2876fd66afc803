"""What is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.clock import new_id, now


@dataclass
class Widget:
    name: str
    id: UUID = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
