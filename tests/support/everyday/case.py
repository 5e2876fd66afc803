"""One request, or one talk over a WebSocket, and what a client sees of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect


@dataclass(frozen=True)
class Parts:
    """What an application has to offer to those who add to it."""

    prefix_router: type[APIRouter]
    not_found: Callable[[str], Exception]
    prepare_mounted: Callable[[FastAPI], None]


class Endpoints:
    """For a router that each application makes of its own class."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._routes: list[tuple[str, str, Any, dict[str, Any]]] = []

    def get(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self._add("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self._add("POST", path, options)

    def _add(self, method: str, path: str, options: dict[str, Any]) -> Callable[[Any], Any]:
        def add(endpoint: Any) -> Any:
            self._routes.append((method, path, endpoint, options))
            return endpoint

        return add

    def install(self, app: FastAPI, parts: Parts) -> None:
        router = parts.prefix_router(prefix=self._prefix)
        for method, path, endpoint, options in self._routes:
            router.add_api_route(path, endpoint, methods=[method], **options)
        app.include_router(router)


@dataclass(frozen=True)
class Seen:
    """A response, and what the application noted in `app.state.trace` in the meantime."""

    status: int
    headers: Mapping[str, list[str]]
    body: Any
    trace: list[str]

    def with_body(self, status: int, body: Any, media_type: str) -> "Seen":
        headers = {name: value for name, value in self.headers.items() if name != "content-length"}
        is_head = status == self.status and self.body == b""
        headers["content-type"] = [media_type]
        return replace(self, status=status, body=b"" if is_head else body, headers=headers)


@dataclass(frozen=True)
class Difference:
    """Where the service differs on purpose: what it returns instead of what plain FastAPI returns."""

    what: str
    reason: str
    intended: Callable[[Any], Seen]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`gap` says where the service is worse: the test is expected to fail.

    `within` is whether it passes the middleware of the service, which gives it an ID.
    """

    name: str
    path: str
    method: str = "GET"
    within: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    differs: Difference | None = None
    gap: str = ""


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What a client sends over a WebSocket; it reads a message after each of its own, then until the end."""

    name: str
    path: str
    sends: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    differs: Difference | None = None
    gap: str = ""


@dataclass(frozen=True)
class Team:
    """Additions that belong together."""

    name: str
    install: Callable[[FastAPI, Parts], None]
    cases: tuple[Case, ...] = ()
    talks: tuple[Talk, ...] = ()


def body_of(response: Any) -> Any:
    """Parsed when it is one JSON document; else as it is."""
    is_json = response.headers.get("Content-Type", "").endswith("json") and response.content
    return response.json() if is_json else response.content


def send(app: FastAPI, client: TestClient, case: Case) -> Seen:
    app.state.trace = []
    response = client.request(case.method, case.path, follow_redirects=False, **case.options)
    headers: dict[str, list[str]] = {}
    for name, value in response.headers.multi_items():
        headers.setdefault(name.lower(), []).append(value)
    return Seen(response.status_code, headers, body_of(response), app.state.trace)


# After these, the application sends nothing more.
LAST = ("websocket.close", "websocket.http.response.body")


def talk(app: FastAPI, client: TestClient, case: Talk) -> list[Any]:
    """What a client sees, and how the application ended."""
    app.state.trace = []
    seen: list[Any] = []
    try:
        with client.websocket_connect(case.path, **case.options) as socket:
            seen.append(("accepted", socket.accepted_subprotocol, socket.extra_headers))
            for text in case.sends:
                socket.send_text(text)
                seen.append(message(socket.receive()))
            while case.sends[-1:] != ("stay",) and seen[-1][0] not in LAST:
                seen.append(message(socket.receive()))
    except WebSocketDenialResponse as denial:
        seen.append(
            Seen(denial.status_code, {"content-type": [denial.headers["Content-Type"]]}, body_of(denial), [])
        )
    except WebSocketDisconnect as end:
        seen.append(("refused", end.code, end.reason))
    except Exception as error:
        seen.append(("raised", type(error).__name__))
    return [*seen, app.state.trace]


def message(received: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(value for value in received.values() if value is not None)
