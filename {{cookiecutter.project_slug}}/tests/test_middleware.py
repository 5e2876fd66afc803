from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings

ORIGIN = "https://shop.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": (ORIGIN,), "max_body_bytes": 100})


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.get("/probe/broken")
    async def broken() -> None:
        raise RuntimeError("s3cret")

    @app.get("/probe/broken-off")
    async def broken_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"the beginning"
            raise RuntimeError

        return StreamingResponse(parts())

    @app.post("/probe/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    return app


def test_a_request_gets_an_id(client: TestClient) -> None:
    first, second = (client.get("/health/live").headers["X-Request-ID"] for _ in range(2))
    assert len(first) == 32
    assert first != second


def test_a_plain_id_of_the_client_is_kept(client: TestClient) -> None:
    response = client.get("/health/live", headers={"X-Request-ID": "order-66_a.b"})
    assert response.headers.get_list("X-Request-ID") == ["order-66_a.b"]


@pytest.mark.parametrize("bad", ["", "x" * 65, "a b", "<script>", "a\tb", "é", "{}", "$(id)"])
def test_any_other_id_is_replaced(client: TestClient, bad: str) -> None:
    response = client.get("/health/live", headers={b"X-Request-ID": bad.encode()})
    assert len(response.headers["X-Request-ID"]) == 32


def test_an_unexpected_error_shows_nothing_and_keeps_id_and_cors(client: TestClient) -> None:
    response = client.get("/probe/broken", headers={"X-Request-ID": "abc", "Origin": ORIGIN})
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == response.json()["request_id"] == "abc"
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "s3cret" not in response.text
    assert "RuntimeError" not in response.text


def test_an_error_in_the_middle_of_a_response_breaks_it_off(client: TestClient) -> None:
    with pytest.raises(RuntimeError):
        client.get("/probe/broken-off")


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/docs/no-asset"])
def test_every_response_has_cors_headers_and_exposes_the_request_id(client: TestClient, path: str) -> None:
    response = client.get(path, headers={"Origin": ORIGIN})
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]


def test_a_preflight_response_has_an_id(client: TestClient) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}
    response = client.options("/health/live", headers=headers)
    assert response.status_code == 200
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["X-Request-ID"]


def test_without_origins_there_is_no_cors(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"cors_origins": ()}))) as client:
        response = client.get("/health/live", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_body_of_the_largest_size_is_taken(client: TestClient) -> None:
    assert client.post("/probe/size", content=b"x" * 100).json() == 100


def test_a_larger_body_is_refused(client: TestClient) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield from [b"x" * 60] * 2

    for content in (b"x" * 101, in_pieces()):
        response = client.post("/probe/size", content=content)
        assert response.status_code == 413
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["title"] == "Content Too Large"


def test_each_request_is_logged_once(client: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        client.get("/health/live", headers={"X-Request-ID": "abc"})
        client.get("/nowhere")
    access = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in access] == [
        ("GET", "/health/live", 200),
        ("GET", "/nowhere", 404),
    ]
    assert access[0]["request_id"] == "abc"
    assert access[0]["duration_ms"] > 0
