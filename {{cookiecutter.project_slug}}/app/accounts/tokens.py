"""Tokens: 256 random bits, of which the database has the SHA-256 only."""

import hashlib
import secrets

from .models import TokenKind

# Told apart in logs and by scanners for secrets; a token of one kind is never one of another.
PREFIXES: dict[TokenKind, str] = {"session": "ses_", "key": "key_", "reset": "rst_", "verify": "vfy_"}


def new_token(kind: TokenKind) -> str:
    return PREFIXES[kind] + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """No salt, and no slow hash: nobody can guess 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()
