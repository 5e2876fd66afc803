"""The domains of this service: packages of the same shape, served in this order."""

from types import ModuleType

from . import gadgets, widgets

DOMAINS: list[ModuleType] = [gadgets, widgets]
