"""Faults that people make: each is planted in a copy of the repository, and one test is meant to see it."""

from .services import SERVICES
from .tables import TABLES
from .template import TEMPLATE

FAULTS = {**TABLES, **TEMPLATE, **SERVICES}
