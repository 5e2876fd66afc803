"""A request that is repeated with its `Idempotency-Key` has an effect once; its response is replayed."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request, Response

from .errors import InvalidError


class ReplayError(Exception):
    """Ends a repeated request with the response of the first one, as it would be now."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True)
class IdempotencyKey:
    """The key that the client has sent, and the fingerprint of the request that it belongs to."""

    value: str
    fingerprint: str


async def read_key(
    request: Request,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[!-~]{1,255}$")] = None,
) -> IdempotencyKey | None:
    if idempotency_key is None:
        return None
    try:
        body = await request.body()
    except RuntimeError:
        # FastAPI has read a form, and has kept no bytes of it.
        raise InvalidError("Idempotency-Key is not supported with forms. Send JSON.") from None
    line = f"{request.method} {request.url.path}?{request.url.query}\n"
    return IdempotencyKey(idempotency_key, hashlib.sha256(line.encode() + body).hexdigest())


IdempotencyKeyDep = Annotated[IdempotencyKey | None, Depends(read_key)]


def install_idempotency(app: FastAPI) -> None:
    @app.exception_handler(ReplayError)
    async def replay(_: Request, error: ReplayError) -> Response:
        return error.response
