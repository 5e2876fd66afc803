from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.types import Message

from app.factory import create_app
from app.middleware import limit
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


def test_an_unexpected_error_is_logged_under_its_request(client: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        client.get("/probe/broken", headers={"X-Request-ID": "abc"})
    [line] = [line for line in lines if line["event"] == "unexpected_error"]
    assert (line["log_level"], line["exc_info"], line["request_id"]) == ("error", True, "abc")


def test_an_error_in_the_middle_of_a_response_breaks_it_off(client: TestClient) -> None:
    with pytest.raises(RuntimeError):
        client.get("/probe/broken-off")


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/docs/no-asset"])
def test_every_response_has_cors_headers_and_exposes_those_that_scripts_need(
    client: TestClient, path: str
) -> None:
    response = client.get(path, headers={"Origin": ORIGIN})
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Expose-Headers"] == "Location, Retry-After, X-Request-ID"


def test_a_preflight_response_has_an_id(client: TestClient) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "idempotency-key",
    }
    response = client.options("/health/live", headers=headers)
    assert response.status_code == 200
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"] == "idempotency-key"
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


async def test_the_pieces_of_a_body_are_counted_together() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * 50, "more_body": True}

    receive_limited = limit(receive, 100, declared=0)
    for _ in range(2):
        assert await receive_limited() == await receive()
    for _ in range(2):
        with pytest.raises(HTTPException, match="at most 100 bytes"):
            await receive_limited()


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


def test_the_duration_of_a_request_is_logged_in_milliseconds(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/v1/test-probe/slow?seconds=0.05")
    [line] = [line for line in lines if line["event"] == "request"]
    assert 50 <= line["duration_ms"] < 20_000
