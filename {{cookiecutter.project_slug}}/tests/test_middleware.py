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


def test_a_plain_id_of_the_caller_is_kept(client: TestClient) -> None:
    answer = client.get("/health/live", headers={"X-Request-ID": "order-66_a.b"})
    assert answer.headers.get_list("X-Request-ID") == ["order-66_a.b"]


@pytest.mark.parametrize("bad", ["", "x" * 65, "a b", "<script>", "a\tb", "é", "{}", "$(id)"])
def test_any_other_id_is_replaced(client: TestClient, bad: str) -> None:
    answer = client.get("/health/live", headers={b"X-Request-ID": bad.encode()})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_an_unexpected_error_tells_nothing_and_keeps_id_and_cors(client: TestClient) -> None:
    answer = client.get("/probe/broken", headers={"X-Request-ID": "abc", "Origin": ORIGIN})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "abc"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "s3cret" not in answer.text
    assert "RuntimeError" not in answer.text


def test_an_error_in_the_middle_of_an_answer_breaks_it_off(client: TestClient) -> None:
    with pytest.raises(RuntimeError):
        client.get("/probe/broken-off")


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/tasks/no-id"])
def test_every_answer_has_cors_headers_and_shows_ours(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]


def test_a_preflight_is_answered_with_an_id(client: TestClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}
    answer = client.options("/tasks", headers=asked)
    assert answer.status_code == 200
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["X-Request-ID"]


def test_without_origins_there_is_no_cors(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"cors_origins": ()}))) as client:
        answer = client.get("/health/live", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_body_of_the_largest_size_is_taken(client: TestClient) -> None:
    assert client.post("/probe/size", content=b"x" * 100).json() == 100


def test_a_larger_body_is_refused(client: TestClient) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield from [b"x" * 60] * 2

    for content in (b"x" * 101, in_pieces()):
        answer = client.post("/probe/size", content=content)
        assert answer.status_code == 413
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["title"] == "Content Too Large"


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
