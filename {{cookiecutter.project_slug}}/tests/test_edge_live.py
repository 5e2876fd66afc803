"""What attackers send to a real server, byte by byte."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.processes import Server, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
Start = Callable[..., Server]
POST = b"POST /v1/test-probe/body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture
def start(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    servers: list[Server] = []

    def start(trusted: str, **values: object) -> Server:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
        servers.append(Server(settings.model_copy(update=values), tmp_path / "log"))
        until(servers[0].is_ready, 90)
        return servers[0]

    yield start
    for server in servers:
        server.kill()


def statuses(server: Server, *forwarded: str) -> list[int]:
    return [
        server.client.get("/nowhere", headers={"X-Forwarded-For": each}).status_code for each in forwarded
    ]


def test_a_client_cannot_forge_its_address(start: Start) -> None:
    server = start("192.0.2.1", rate_limit="2/hour")
    assert statuses(server, "192.0.2.7", "192.0.2.8", "192.0.2.9") == [404, 404, 429]
    for name in ("Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"):
        assert server.client.get("/nowhere", headers={name: "for=192.0.2.10"}).status_code == 429


def test_a_proxy_that_is_named_says_who_the_client_is(start: Start) -> None:
    server = start("127.0.0.1", rate_limit="1/hour")
    assert statuses(server, "192.0.2.7", "192.0.2.8", "192.0.2.7") == [404, 404, 429]
    # What the client itself has written stands before the address that the proxy adds.
    assert statuses(server, "192.0.2.9, 192.0.2.7", "192.0.2.7, 192.0.2.10") == [429, 404]
    # Out of such a header comes a client, and never an error.
    assert {*statuses(server, "a, b", "::1%eth0", "[::1]:80", "; DROP", "")} <= {404, 429}


def test_a_forged_protocol_is_not_believed(start: Start) -> None:
    server = start("192.0.2.1")
    response = server.client.get("/health/live", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in response.headers


def exchange(server: Server, *pieces: bytes, seconds: float = 20) -> bytes:
    """What is returned until the server closes the connection."""
    address = (server.client.base_url.host, server.client.base_url.port or 80)
    with closing(socket.create_connection(address, timeout=seconds)) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)
        received = b""
        while more := connection.recv(65536):
            received += more
        return received


def test_a_body_that_does_not_arrive_ends_its_connection(start: Start) -> None:
    server = start("", request_timeout=3)
    for rest in (b"Content-Length: 9\r\n\r\n[1", b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1"):
        received = exchange(server, POST, rest)
        assert received.startswith(b"HTTP/1.1 408 ")
        assert b"application/problem+json" in received
    assert server.get("/health/live") == 200


def test_a_body_that_is_too_large_is_refused_before_it_has_all_arrived(start: Start) -> None:
    server = start("", max_body_bytes=1000)
    piece = b"[" + b"1" * 1999
    for length, sent in (
        (b"Content-Length: 99999999", piece),
        (b"Transfer-Encoding: chunked", b"7d0\r\n" + piece + b"\r\n"),
    ):
        received = exchange(server, POST, b"Connection: close\r\n", length + b"\r\n\r\n", sent)
        # Whoever has no credentials is told of them first.
        assert re.match(rb"HTTP/1\.1 (413|401) ", received)


def test_a_socket_that_is_refused_gets_a_problem_and_is_no_error_of_the_service(start: Start) -> None:
    server = start("")
    lines = b"Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    received = exchange(server, b"GET /nowhere HTTP/1.1\r\n" + lines + key + b"\r\n")
    assert received.startswith(b"HTTP/1.1 403 ")
    assert b"x-request-id: " in received.lower()
    assert b'"request_id":' in received
    assert server.get("/health/live") == 200
    assert [line for line in server.lines() if line["level"] in ("error", "critical")] == []


ODD_LINES = (
    b"X-Request-ID: a\rSet-Cookie: b=1\r\n",
    b"X-Request-ID: a\nSet-Cookie: b=1\r\n",
    b"X-Request-ID: a\0b\r\n",
    b"Content-Length: 1\r\nContent-Length: 2\r\n",
    b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: +1\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Host : a\r\n",
    b" folded: yes\r\n",
)


def test_what_two_servers_could_read_differently_is_refused_or_harmless(start: Start) -> None:
    server = start("", request_timeout=3)
    for lines in ODD_LINES:
        get = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        received = exchange(server, get + lines + b"\r\n")
        assert b"set-cookie" not in received.lower()
        assert received.count(b"HTTP/1.1 ") <= 1
    assert server.get("/health/live") == 200
    assert [line for line in server.lines() if line["level"] in ("error", "critical")] == []
