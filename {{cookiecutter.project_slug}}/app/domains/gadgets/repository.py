"""How gadgets are stored and found; every query of this domain is here."""

from app.database import EntityRepository
from .models import Gadget


class Repository(EntityRepository[Gadget]):
    model = Gadget
