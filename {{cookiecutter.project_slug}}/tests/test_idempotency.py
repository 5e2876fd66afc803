"""A request that is repeated with its key: one effect, and the response of the first time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient
from httpx2 import Response as Received

from app.database import SessionDep
from app.routing import PrefixRouter
from app.settings import Settings
from tests.support.middleware import without_team_middleware

KEY = {"Idempotency-Key": "the-first"}


def is_same(first: Received, again: Received) -> bool:
    """But for the ID, which is of this request."""
    headers = [{**response.headers, "x-request-id": ""} for response in (first, again)]
    return (first.status_code, first.content, headers[0]) == (again.status_code, again.content, headers[1])


@pytest.fixture
def calls() -> list[str]:
    """The bodies that the handlers below have seen."""
    return []


@pytest.fixture
def app(app: FastAPI, calls: list[str]) -> FastAPI:
    router = PrefixRouter(prefix="/repeated", include_in_schema=False)

    @router.api_route("/created", methods=["POST", "PUT", "PATCH", "DELETE"], status_code=201)
    async def create(request: Request, response: Response, session: SessionDep) -> dict[str, int]:
        calls.append((await request.body()).decode())
        response.headers["Location"] = f"/repeated/created/{len(calls)}"
        response.set_cookie("first", "1")
        response.set_cookie("second", "2")
        return {"number": len(calls)}

    @router.post("/nothing", status_code=204)
    async def do_nothing() -> None:
        calls.append("")

    @router.post("/chunks")
    async def read_chunks(request: Request) -> int:
        """As FastAPI reads a form."""
        calls.append("".join([chunk.decode() async for chunk in request.stream()]))
        return len(calls)

    @router.post("/refused")
    async def refuse() -> None:
        calls.append("")
        raise HTTPException(409)

    @router.post("/secret")
    async def make_secret(response: Response) -> int:
        response.headers["Cache-Control"] = "private, no-store"
        calls.append("")
        return len(calls)

    @router.post("/stream")
    async def stream() -> StreamingResponse:
        calls.append("")
        return StreamingResponse(iter([str(len(calls))]))

    @router.post("/own")
    async def respond() -> JSONResponse:
        calls.append("")
        return JSONResponse({"number": len(calls)}, 418, {"X-Own": "1"})

    app.include_router(router)
    return without_team_middleware(app)


@pytest.mark.parametrize("path", ["created", "nothing", "own"])
def test_the_repeated_response_is_that_of_the_first_time(
    client: TestClient, calls: list[str], path: str
) -> None:
    first, again = (client.post(f"/repeated/{path}", content="1", headers=KEY) for _ in range(2))
    assert is_same(first, again)
    assert len(calls) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_takes_a_key(client: TestClient, calls: list[str], method: str) -> None:
    first, again = (client.request(method, "/repeated/created", headers=KEY) for _ in range(2))
    assert is_same(first, again)
    assert len(calls) == 1


def test_a_handler_that_reads_the_body_in_chunks_takes_a_key(client: TestClient, calls: list[str]) -> None:
    first, again = (client.post("/repeated/chunks", content="1", headers=KEY) for _ in range(2))
    assert is_same(first, again)
    assert calls == ["1"]


@pytest.mark.parametrize("path", ["refused", "secret", "stream"])
def test_an_error_a_stream_and_what_is_not_to_be_stored_are_not_kept(
    client: TestClient, calls: list[str], path: str
) -> None:
    for _ in range(2):
        client.post(f"/repeated/{path}", headers=KEY)
    assert len(calls) == 2


def test_a_key_is_for_one_method_one_address_and_one_body(client: TestClient, calls: list[str]) -> None:
    assert client.post("/repeated/created", content="1", headers=KEY).status_code == 201
    for refused in (
        client.post("/repeated/created", content="2", headers=KEY),
        client.put("/repeated/created", content="1", headers=KEY),
        client.post("/repeated/created?more=1", content="1", headers=KEY),
        client.post("/repeated/own", content="1", headers=KEY),
    ):
        assert refused.status_code == 422
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert "Location" not in refused.headers
    assert len(calls) == 1


def test_other_keys_and_none_are_other_requests(client: TestClient, calls: list[str]) -> None:
    for headers in ({}, {}, KEY, {"Idempotency-Key": "the-second"}):
        client.post("/repeated/created", headers=headers)
    assert len(calls) == 4


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "é"])
def test_a_bad_key_is_refused(client: TestClient, calls: list[str], key: str) -> None:
    refused = client.post("/repeated/created", headers={b"Idempotency-Key": key.encode()})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["source"] == "header"
    assert calls == []


def test_a_request_to_read_ignores_a_key(client: TestClient) -> None:
    assert client.get("/health/live", headers={"Idempotency-Key": "two words"}).status_code == 200


def test_requests_that_come_at_the_same_time_have_one_effect(client: TestClient, calls: list[str]) -> None:
    def create(_: int) -> Any:
        return client.post("/repeated/created", headers=KEY)

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(create, range(16)))
    # Or a conflict, for as long as the first one is in progress.
    assert {response.status_code for response in responses} <= {201, 409}
    assert len({response.text for response in responses if response.status_code == 201}) == 1


class TestShortMemory:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"idempotency_ttl": 0})

    def test_a_key_is_free_again_after_its_time(self, client: TestClient, calls: list[str]) -> None:
        for number in range(3):
            assert client.post("/repeated/created", headers=KEY).json() == {"number": number + 1}
