"""A service and a plain FastAPI application under a real uvicorn: what clients, proxies and operators see."""

import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.everyday import ANSWERS, live
from support.fixtures import Render
from support.paths import ROOT
from support.programs import free_port, run, serving
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

# In one process: they share the servers.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("everyday"), pytest.mark.timeout(300)]
KINDS = ("service", "plain")
UVICORN = f"exec {shlex.quote(sys.executable)} -m uvicorn"
MIB = 1024 * 1024


def until(done: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until there is something."""
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def folder(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with a database; its files may be changed."""
    made = render(tmp_path_factory.mktemp("live"), ANSWERS)
    run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=made, env=environment(made))
    return made


def environment(folder: Path) -> dict[str, str]:
    found = os.pathsep.join([str(folder), f"{ROOT}/tests", f"{ROOT}/tools", os.environ.get("PYTHONPATH", "")])
    address = f"sqlite+aiosqlite:///{folder}/live.db"
    return {"PYTHONPATH": found, "DATABASE_URL": address, "DRAIN_DELAY": "0", "LOG_LEVEL": "WARNING"}


@contextmanager
def served(folder: Path, kind: str, *options: str) -> Generator[httpx2.Client]:
    """With these options of uvicorn, for as long as a `with` block takes."""
    port = free_port()
    command = f"{UVICORN} --factory support.everyday.live:{kind} --port {port} {shlex.join(options)}"
    url = f"http://127.0.0.1:{port}"
    log = folder / f"{port}.log"
    with (
        serving(command, f"{url}/live/process", folder, log, environment(folder)),
        httpx2.Client(base_url=url, timeout=20) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def both(folder: Path) -> Iterator[dict[str, httpx2.Client]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(served(folder, kind)) for kind in KINDS}


def end_of(client: httpx2.Client, path: str) -> Any:
    """How a WebSocket ends: the status of its refusal, or its close code and reason."""
    address = str(client.base_url).rstrip("/").replace("http", "ws", 1)
    try:
        with connect(f"{address}{path}") as socket:
            socket.send("hello")
            socket.recv(10)
    except InvalidStatus as refusal:
        return refusal.response.status_code
    except ConnectionClosed as end:
        return (end.rcvd.code, end.rcvd.reason) if end.rcvd else "no close frame"


@pytest.mark.parametrize("path", [*(f"early/{kind}" for kind in live.KINDS_OF_ERRORS), "late/socket"])
def test_a_socket_ends_as_in_a_plain_application(path: str, both: dict[str, httpx2.Client]) -> None:
    ends = [end_of(both[kind], f"/live/{path}") for kind in KINDS]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("http", (1008, "Forbidden")),
        ("missing", (1008, "Not Found")),
        ("unexpected", (1011, "Internal Server Error")),
    ],
)
def test_an_error_closes_an_accepted_socket(kind: str, end: object, both: dict[str, httpx2.Client]) -> None:
    """Plain FastAPI sends no close frame."""
    assert end_of(both["plain"], f"/live/late/{kind}") == "no close frame"
    assert end_of(both["service"], f"/live/late/{kind}") == end


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_ends_when_its_client_leaves(kind: str, both: dict[str, httpx2.Client]) -> None:
    client = both[kind]
    with client.stream("GET", "/live/events") as response:
        # An iterator that is dropped closes the connection.
        lines = response.iter_lines()
        assert next(lines).startswith("data: ")
        assert client.get("/live/streams").json() == 1
    until(lambda: client.get("/live/streams").json() == 0)


def test_a_client_that_sends_too_much_reads_the_413(both: dict[str, httpx2.Client]) -> None:
    file = {"file": ("large.bin", b"x" * 20 * MIB, "application/octet-stream")}
    assert both["plain"].post("/live/size", files=file).json() == 20 * MIB
    response = both["service"].post("/live/size", files=file)
    assert response.status_code == 413
    assert both["service"].get("/live/process").status_code == 200


@pytest.mark.parametrize("length", ["declared", "chunked"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_reads_no_body_is_whole(kind: str, length: str, both: dict[str, httpx2.Client]) -> None:
    pieces = [b"x" * MIB] * 3
    content: Any = b"".join(pieces) if length == "declared" else iter(pieces)
    try:
        response = both[kind].post("/live/unread", content=content)
    except httpx2.TransportError as error:
        pytest.fail(f"broken off: {error}")
    assert (response.status_code, response.content) == (200, b"aaa") or response.status_code == 413


def logged_failures(folder: Path, client: httpx2.Client) -> int:
    text = (folder / f"{client.base_url.port}.log").read_text(encoding="utf-8")
    return text.count("unexpected_error") + text.count("Exception in ASGI application")


@pytest.mark.parametrize(
    "path",
    [
        "fails/handler",
        "fails/stream",
        "fails/background",
        "mounted/fails",
    ],
)
def test_an_unexpected_error_is_logged_once(path: str, folder: Path, both: dict[str, httpx2.Client]) -> None:
    logged = []
    for client in both.values():
        before = logged_failures(folder, client)
        with suppress(httpx2.TransportError):
            client.get(f"/live/{path}")
        until(lambda: logged_failures(folder, client) > before)  # noqa: B023
        # On a new connection, and so after all that the error has led to.
        httpx2.get(f"{client.base_url}/live/process")
        logged.append(logged_failures(folder, client) - before)
    assert logged == [1, 1]


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "Host": "shop.example"}


@pytest.mark.parametrize("options", [[], ["--root-path", "/api"], ["--no-proxy-headers"]], ids=" ".join)
def test_addresses_behind_a_proxy_are_those_of_a_plain_application(options: list[str], folder: Path) -> None:
    seen, servers = [], []
    for kind in KINDS:
        with served(folder, kind, *options) as client:
            seen.append(client.get("/live/where", headers=FORWARDED).json())
            servers.append(client.get("/openapi.json").json().get("servers"))
    assert seen[0] == seen[1]
    assert servers[0] == servers[1]


@pytest.mark.parametrize("kind", KINDS)
def test_two_workers_share_the_requests_and_end_together(kind: str, folder: Path) -> None:
    found: set[int] = set()

    def both_seen() -> bool:
        found.add(httpx2.get(f"{client.base_url}/live/process").json())
        return len(found) == 2

    with served(folder, kind, "--workers", "2") as client:
        until(both_seen)
    until(lambda: not any(Path(f"/proc/{number}").exists() for number in found))


@pytest.mark.parametrize("kind", KINDS)
def test_a_unix_socket_is_served(kind: str, folder: Path) -> None:
    path = folder / f"{kind}.sock"
    command = f"{UVICORN} --factory support.everyday.live:{kind} --uds {shlex.quote(str(path))}"
    transport = httpx2.HTTPTransport(uds=str(path))
    with serving(command, "", folder, folder / "uds.log", environment(folder)):
        until(path.exists, 60)
        with httpx2.Client(transport=transport, base_url="http://shop.example") as client:
            assert client.get("/live/where").json()["url"] == "http://shop.example/live/where"


STREAM = """

@router.get("/{id:uuid}/process")
async def read_process(id: UUID) -> int:
    import os

    return os.getpid()


@router.get("/{id:uuid}/events")
async def read_events(id: UUID):
    import asyncio

    from fastapi.responses import StreamingResponse

    async def endless():
        yield "started"
        await asyncio.sleep(3600)

    return StreamingResponse(endless())


@router.websocket("/socket")
async def read_socket(socket: WebSocket):
    await socket.accept()
    await socket.receive_text()
"""


@pytest.fixture
def edited(render: Render, tmp_path: Path) -> Path:
    """A service to which a team has added a stream."""
    made = render(tmp_path, ANSWERS)
    module = made / "app" / "domains" / "orders" / "router.py"
    text = module.read_text(encoding="utf-8").replace("Request, Response", "Request, Response, WebSocket")
    module.write_text(text + STREAM, encoding="utf-8")
    run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=made, env=environment(made))
    return made


def command_of_make_run(folder: Path, port: int) -> str:
    """What the Makefile runs, without uv: the environment is here."""
    recipes = (folder / "Makefile").read_text("utf-8").replace("\\\n", "")
    [line] = re.findall(r"^\t(.*uvicorn app\.main:app.*)$", recipes, re.MULTILINE)
    return line.replace("$(PORT)", str(port)).replace(
        "uv run uvicorn", f"{shlex.quote(sys.executable)} -m uvicorn"
    )


def test_an_open_stream_does_not_block_the_reload_of_make_run(edited: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    item = f"{url}/v1/orders/00000000-0000-0000-0000-000000000000"
    command = command_of_make_run(edited, port)
    with serving(command, f"{url}/health/live", edited, edited / "log", environment(edited)):
        first = httpx2.get(f"{item}/process").json()
        with (
            httpx2.stream("GET", f"{item}/events", timeout=60) as response,
            connect(f"ws://127.0.0.1:{port}/v1/orders/socket"),
        ):
            pieces = response.iter_text()
            assert next(pieces) == "started"
            (edited / "app" / "clock.py").touch()
            until(lambda: process_of(item) not in (None, first), 90)


def process_of(item: str) -> int | None:
    try:
        return int(httpx2.get(f"{item}/process", timeout=1).json())
    except httpx2.TransportError:
        return None
