"""What a client may send without end: docs/operations.md of a service says what bounds it."""

import re
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from support.fixtures import Render
from support.paths import RAW
from support.programs import free_port, serving

# In one process: they share a service.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("bounds"), pytest.mark.timeout(300)]
OPERATIONS = (RAW / "docs" / "operations.md").read_text(encoding="utf-8")
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
MIB = 1024 * 1024
START = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
END = b"\r\n\r\n"
# What goes on without end, and what it begins with.
ENDLESS = {
    "one header": (START + b"X: ", b"a" * 65536),
    "many headers": (START, b"X: aaaaaaaaaaa\r\n" * 4096),
    "an address": (b"GET /", b"a" * 65536),
}


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("bounds"), {"database": "none", "tasks": "none"})


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest, service: Path) -> Iterator[tuple[str, int]]:
    """The parser of headers, and the port."""
    port = free_port()
    options = f"--port {port} --http {request.param} --timeout-keep-alive 1"
    command = f"exec {shlex.quote(sys.executable)} -m uvicorn app.main:app {options}"
    url = f"http://127.0.0.1:{port}/health/live"
    with serving(command, url, service, service / f"{request.param}.log", {"DRAIN_DELAY": "0"}):
        yield request.param, port


def answer_to(port: int, *pieces: bytes, seconds: float = 20) -> bytes:
    """The first bytes of the answer; none when the connection was closed without one."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=seconds)) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            return connection.recv(100)
        except ConnectionError:
            return b""


def is_taken(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("kind", ["one header", "many headers"])
def test_headers_without_end_are_taken_by_httptools_and_refused_by_h11(
    kind: str, server: tuple[str, int]
) -> None:
    name, port = server
    start, more = ENDLESS[kind]
    answer = answer_to(port, start, *[more] * (2 * MIB // len(more)), END)
    assert is_taken(answer) == (name == "httptools")
    assert httpx2.get(f"http://127.0.0.1:{port}/health/live").status_code == 200


def test_no_server_option_closes_a_connection_that_sends_its_headers_slowly(server: tuple[str, int]) -> None:
    """Longer than `--timeout-keep-alive`."""
    with pytest.raises(TimeoutError):
        answer_to(server[1], START, seconds=3)


# Behind the proxy of docs/operations.md


@pytest.fixture(scope="module")
def proxy(server: tuple[str, int], service: Path) -> Iterator[int]:
    """nginx as the document has it, with shorter times, on a port of its own."""
    if not NGINX:
        pytest.skip("there is no nginx")
    port, folder = free_port(), service / f"nginx-{server[0]}"
    folder.mkdir()
    (folder / "nginx.conf").write_text(configuration(folder, server[1], port), encoding="utf-8")
    command = f"exec {NGINX} -e stderr -p {folder} -c {folder}/nginx.conf"
    with serving(command, f"http://127.0.0.1:{port}/health/live", folder, folder / "log"):
        yield port


def configuration(folder: Path, service: int, port: int) -> str:
    [text] = re.findall(r"^```nginx\n(.*?)^```$", OPERATIONS, re.DOTALL | re.MULTILINE)
    changes = {"127.0.0.1:8000": f"127.0.0.1:{service}", "listen 80;": f"listen {port};", "10s;": "1s;"}
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        "user root;\ndaemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr;\nevents {}\n"
        f"http {{\naccess_log off;\n{places}{text}}}\n"
    )


@pytest.mark.parametrize("kind", [*ENDLESS])
def test_the_proxy_refuses_what_has_no_end(kind: str, proxy: int) -> None:
    start, more = ENDLESS[kind]
    answer = answer_to(proxy, start, *[more] * (2 * MIB // len(more)))
    assert not is_taken(answer)


@pytest.mark.parametrize("start", [START, START.replace(b"GET", b"POST") + b"Content-Length: 9\r\n\r\n"])
def test_the_proxy_closes_a_connection_that_is_too_slow(start: bytes, proxy: int) -> None:
    assert not is_taken(answer_to(proxy, start))


def test_the_proxy_takes_a_body_as_large_as_the_service_does(proxy: int) -> None:
    def status(size: int) -> int:
        body = b'"' + b"a" * (size - 2) + b'"'
        headers = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{proxy}/v1/users"
        return httpx2.post(url, content=body, headers=headers, timeout=60).status_code

    assert (status(MIB), status(MIB + 1)) == (422, 413)
