"""A request that is sent again under the same `Idempotency-Key` is done once, and answered again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request, Response

from .errors import InvalidError


class AnsweredError(Exception):
    """Ends a request that was done before, with the answer that it had, or would have now."""

    def __init__(self, content: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status)
        self.response = Response(content, status, headers, media_type="application/json")


@dataclass(frozen=True)
class Identity:
    """What makes a request the same as another one."""

    key: str | None
    fingerprint: str | None

    def refuse_other(self, fingerprint: str | None) -> None:
        """InvalidError when the key was used for another request, which has this fingerprint."""
        if fingerprint != self.fingerprint:
            raise InvalidError("This Idempotency-Key was used for another request. Choose a new one.")


async def read_identity(
    request: Request,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[!-~]{1,255}$")] = None,
) -> Identity:
    if idempotency_key is None:
        return Identity(None, None)
    try:
        body = await request.body()
    except RuntimeError:
        # FastAPI has read a form, and has kept no bytes of it.
        raise InvalidError("Idempotency-Key is not supported with forms. Send JSON.") from None
    line = f"{request.method} {request.url.path}?{request.url.query}\n"
    return Identity(idempotency_key, hashlib.sha256(line.encode() + body).hexdigest())


IdentityDep = Annotated[Identity, Depends(read_identity)]


async def on_answered(_: Request, error: AnsweredError) -> Response:
    return error.response


def install_idempotency(app: FastAPI) -> None:
    app.exception_handler(AnsweredError)(on_answered)
