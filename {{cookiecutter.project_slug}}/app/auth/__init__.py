"""Who may do what: each request and each task runs as a principal, and each router is guarded."""

from .guards import AdminOnly, PrincipalDep, authenticate, guard, known_scopes
from .principal import SYSTEM, Principal, act_as, acting_as, current_principal, required_principal

__all__ = [
    "SYSTEM",
    "AdminOnly",
    "Principal",
    "PrincipalDep",
    "act_as",
    "acting_as",
    "authenticate",
    "current_principal",
    "guard",
    "known_scopes",
    "required_principal",
]
