"""What the Compose files start, started as processes in their order; and the proxy of production."""

import json
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from support.compose import DEVELOPMENT, PRODUCTION, in_order, of, parsed
from support.fixtures import Render
from support.paths import RAW
from support.programs import free_port, run, serving
from support.servers import PostgreSQL
from support.servers.installed import find_program

# In one process, one after the other: they are many processes already.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("compose"), pytest.mark.timeout(300)]


class Stack:
    """The services of a Compose file on this machine: what it calls a host is a port here."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.services = parsed(folder / DEVELOPMENT)["services"]
        self.hosts: dict[str, str] = {}
        self.ports: dict[str, int] = {}

    def start(self, name: str) -> None:
        about = self.services[name]
        for need in about.get("depends_on", {}):
            assert need in self.ports, f"{name} starts before {need}"
        self.ports[name] = free_port()
        getattr(self, f"start_{name}")(about)

    def environment(self, about: dict[str, Any]) -> dict[str, str]:
        """As the file gives it, with the addresses that hold here."""
        found = {}
        for setting, value in about["environment"].items():
            for host, there in self.hosts.items():
                value = re.sub(rf"(?<=[@/]){host}(:\d+)?(?=/)", there, value)
            found[setting] = value
        return found

    def is_healthy(self, about: dict[str, Any], *port: str) -> None:
        kind, program, *words = about["healthcheck"]["test"]
        assert kind == "CMD"
        deadline = time.monotonic() + 60
        while subprocess.run([find_program(program), *port, *words], stdout=subprocess.DEVNULL).returncode:
            assert time.monotonic() < deadline, program
            time.sleep(0.1)

    def start_postgresql(self, about: dict[str, Any]) -> None:
        server = self.stack.enter_context(PostgreSQL())
        user, password = (about["environment"][f"POSTGRES_{name}"] for name in ("USER", "PASSWORD"))
        with psycopg.connect(server.address.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'".encode())
            connection.execute(f"CREATE DATABASE {user} OWNER {user}".encode())
        self.hosts["postgresql"] = f"127.0.0.1:{server.port}"
        self.is_healthy(about, f"--port={server.port}")

    def start_redis(self, about: dict[str, Any]) -> None:
        port = str(self.ports["redis"])
        program, *words = about["command"]
        command = shlex.join([str(find_program(program)), *words, "--port", port, "--dir", str(self.folder)])
        self.stack.enter_context(serving(f"exec {command}", "", self.folder, self.folder / "redis.log"))
        self.hosts["redis"] = f"127.0.0.1:{port}"
        self.is_healthy(about, "-p", port)

    def start_migration(self, about: dict[str, Any]) -> None:
        run(sys.executable, *about["command"][1:], cwd=self.folder, env=self.environment(about))

    def start_worker(self, about: dict[str, Any]) -> None:
        self.serve("worker", [sys.executable, *about["command"][1:]], about)

    def start_service(self, about: dict[str, Any]) -> None:
        dockerfile = (self.folder / "Dockerfile").read_text(encoding="utf-8")
        [command] = re.findall(r"^CMD (\[.+?\])$", dockerfile, re.MULTILINE | re.DOTALL)
        given = json.loads(command.replace("\\\n", ""))
        words = [str(self.ports["service"]) if word == "8000" else word for word in given]
        self.serve("service", [sys.executable, "-m", *words], about)

    def serve(self, name: str, words: list[str], about: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{self.ports[name]}/health/ready"
        environment = {"WORKER_PORT": str(self.ports[name]), **self.environment(about)}
        log = self.folder / f"{name}.log"
        command = f"exec {shlex.join(words)}"
        self.stack.enter_context(serving(command, url, self.folder, log, environment))


@pytest.mark.parametrize(
    "answers",
    [
        {"database": "postgresql", "tasks": "redis"},
        {"database": "postgresql", "tasks": "postgresql"},
        {"database": "none", "tasks": "redis"},
    ],
    ids=lambda answers: ", ".join(answers.values()),
)
def test_a_task_runs_in_what_compose_starts(answers: dict[str, str], render: Render, tmp_path: Path) -> None:
    with ExitStack() as stack:
        started = Stack(render(tmp_path, answers), stack)
        for name in in_order(started.services):
            started.start(name)
        url = f"http://127.0.0.1:{started.ports['service']}"
        accepted = httpx2.post(f"{url}/simulations", json={"wait_time": 1})
        assert accepted.status_code == 202, accepted.text
        deadline = time.monotonic() + 60
        while (task := httpx2.get(url + accepted.headers["Location"]).json())["state"] != "succeeded":
            assert time.monotonic() < deadline, task
            time.sleep(0.1)


# The proxy of production

# Says what a service behind a proxy knows of its client, how many bytes came, and which trace it belongs to.
ECHO = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        text = f"{scope['client'][0]} {scope['scheme']} {len(body)}".encode()
        names = [name for name, _ in scope["headers"] if name.startswith((b"trace", b"baggage"))]
        text += b"".join(b" " + name for name in names)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text})
"""

# By which a client would decide what is traced.
TRACE = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": "a=b", "baggage": "a=b"}


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The ports of Caddy, and of what is to be behind it."""
    port, service = free_port(), free_port()
    text = (RAW / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    for old, new in {"service:8000": f"127.0.0.1:{service}", "read_header 10s": "read_header 1s"}.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "Caddyfile").write_text(text, encoding="utf-8")
    environment = {"SITE": f"http://127.0.0.1:{port}", "HOME": str(tmp_path)}
    command = f"exec {find_program('caddy')} run --config Caddyfile --adapter caddyfile"
    with serving(command, "", tmp_path, tmp_path / "caddy.log", environment):
        until_open(port)
        yield port, service


def until_open(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the proxy does not listen")


@contextmanager
def echo(folder: Path, port: int) -> Generator[None]:
    """What a service knows, with the networks that the Compose file trusts, and the proxy of this machine."""
    (folder / PRODUCTION).write_bytes(of(PRODUCTION))
    settings = parsed(folder / PRODUCTION)["services"]["service"]["environment"]
    (folder / "echo.py").write_text(ECHO, encoding="utf-8")
    command = f"exec {sys.executable} -m uvicorn echo:app --port {port}"
    trusted = {"FORWARDED_ALLOW_IPS": f"{settings['FORWARDED_ALLOW_IPS']},127.0.0.1"}
    with serving(command, f"http://127.0.0.1:{port}/health/ready", folder, folder / "echo.log", trusted):
        yield


def test_a_service_knows_the_address_of_its_client_whatever_that_says(
    proxy: tuple[int, int], tmp_path: Path
) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", **TRACE}
    client = httpx2.Client(transport=httpx2.HTTPTransport(local_address="127.0.0.2"), headers=forged)
    with echo(tmp_path, proxy[1]), client:
        url = f"http://127.0.0.1:{proxy[0]}"
        assert client.get(f"{url}/v1/users").text == "127.0.0.2 http 0"
        assert client.get(f"{url}/metrics").status_code == 404
        assert client.post(url, content=b"a" * 1024 * 1024).text == "127.0.0.2 http 1048576"
        assert client.post(url, content=b"a" * 3 * 1024 * 1024).status_code >= 400


def test_the_proxy_ends_what_has_no_end(proxy: tuple[int, int], tmp_path: Path) -> None:
    with echo(tmp_path, proxy[1]):
        for sent in (b"X: " + b"a" * 100_000, b"X: aaaaaaaaaaa\r\n" * 8192, b""):
            address = ("127.0.0.1", proxy[0])
            with socket.create_connection(address, timeout=20) as client, suppress(ConnectionError):
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + sent)
                assert b"200 OK" not in client.recv(100)


def test_requests_wait_while_the_service_restarts(proxy: tuple[int, int], tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{proxy[0]}"
    with echo(tmp_path, proxy[1]):
        assert httpx2.get(url).status_code == 200
    with ThreadPoolExecutor() as clients:
        waiting = [clients.submit(httpx2.get, url, timeout=30) for _ in range(4)]
        with echo(tmp_path, proxy[1]):
            assert [request.result().status_code for request in waiting] == [200] * 4
