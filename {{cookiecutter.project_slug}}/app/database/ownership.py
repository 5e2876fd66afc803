"""Whose rows a principal sees and writes, in each database."""

from app.auth.principal import SYSTEM, required_principal

OWNER = "owner_id"


class ForeignRowError(Exception):
    """The code of this service would read or write rows of another owner."""


def seen_owner() -> str | None:
    """The one whose rows are seen; None for what the service does by itself, which sees those of all."""
    principal = required_principal()
    return None if principal == SYSTEM else principal.owner


def new_owner() -> str:
    """The one who gets a new row."""
    if (owner := seen_owner()) is None:
        raise ForeignRowError("SYSTEM owns nothing: give the row an owner_id.")
    return owner
