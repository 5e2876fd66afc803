"""What lies between clients and the service: headers that every response has, and who is let in."""

import asyncio
import re
from collections.abc import Collection
from ipaddress import IPv4Address, ip_address

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RawHeaders = list[tuple[bytes, bytes]]
# Whatever a browser is made to show runs nothing, loads nothing and is in no frame.
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A response that brings one of these keeps its own.
SECURITY_HEADERS: RawHeaders = [
    (b"content-security-policy", CLOSED.encode()),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
NOT_STORED = (b"cache-control", b"no-store")
# What has a version, such as a file, is asked for again, and sent only when it has changed.
REVALIDATED = (b"cache-control", b"private, no-cache")
# Only over TLS, as browsers want it; other names of the domain may be of others.
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
SLOW = "The response did not begin in time. Try again, with the same Idempotency-Key."
SLOW_BODY = "The body did not arrive in time."


def add_security_headers(headers: RawHeaders, scope: Scope) -> None:
    present = {name for name, _ in headers}
    headers.extend(header for header in SECURITY_HEADERS if header[0] not in present)
    if b"cache-control" not in present:
        headers.append(NOT_STORED if present.isdisjoint((b"etag", b"last-modified")) else REVALIDATED)
    if scope.get("scheme") in ("https", "wss") and TLS_ONLY[0] not in present:
        headers.append(TLS_ONLY)


def check_host(allowed: Collection[str], scope: Scope) -> None:
    """Of two Host headers, proxies and applications may each read another one."""
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    host = re.sub(r":\d*$", "", named[0]).lower() if len(named) == 1 else ""
    if not any(host == each or (each[0] == "*" and host.endswith(each[1:])) for each in allowed):
        raise HTTPException(400, "The Host header names no host of this service.")


def client_key(scope: Scope) -> str:
    """The client's address, from the socket or from proxies that FORWARDED_ALLOW_IPS names."""
    host: str = (scope.get("client") or ("unknown",))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    # One client has a whole network of IPv6; one of IPv4 may come through a socket of IPv6.
    return str(address.ipv4_mapped or address.packed[:8].hex())


async def respond_within(seconds: float, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Else a 504, or a 408 where the body was waited for; a response that has begun may take its time."""
    waiting = complete = False

    async def receive_body() -> Message:
        nonlocal waiting, complete
        waiting = not complete
        message = await receive()
        waiting, complete = False, not message.get("more_body", False)
        return message

    async def send_in_time(message: Message) -> None:
        if message["type"] == "http.response.start" and not deadline.expired():
            deadline.reschedule(None)
        await send(message)

    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            await app(scope, receive_body, send_in_time)
    except BaseException as error:
        if not deadline.expired():
            raise
        if waiting:
            raise HTTPException(408, SLOW_BODY, {"Connection": "close"}) from error
        raise HTTPException(504, SLOW) from error
