"""An idempotency key belongs to the principal that sends it: from another one, the same key is new."""

import hashlib

from fastapi import Request

from app.auth import authenticate
from app.errors import UnauthorizedError


async def owned_key(request: Request, key: str) -> str:
    try:
        principal = await authenticate(request)
        sender = [principal.owner, *sorted(principal.scopes)]
    except UnauthorizedError:
        # What is open to everybody, or has a token of its own, goes on with it; what is guarded refuses it.
        sender = request.headers.getlist("Authorization")
    return hashlib.sha256(repr((sender, key)).encode()).hexdigest()
