"""How widgets are stored and found; every query of this domain is here."""

from app.database import EntityRepository
from .models import Widget


class Repository(EntityRepository[Widget]):
    model = Widget
