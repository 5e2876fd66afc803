"""Domains: generated from the template domain by what a text says of them, in Python's own library alone."""

from .fields import domain_problems as domain_problems
from .write import generate as generate
from .write import refuse as refuse
