from decimal import Decimal
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from pydantic import BaseModel, ValidationError

from app.errors import ConflictError, NotFoundError, ServiceError, UnavailableError


class Order(BaseModel):
    count: int
    lines: list[dict[str, int]] = []


def errors_of_order() -> list[Any]:
    """As of a model that is validated by hand: `loc` names no part of the request."""
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"count": 1, "lines": [{"a": "b"}]})
    return list(caught.value.errors())


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    router = APIRouter()

    @router.post("/probe/orders")
    async def order(data: Order, page: Annotated[int, Query(ge=1)] = 1) -> int:
        return data.count + page

    @router.get("/probe/{name}")
    async def get(name: str) -> None:
        raise {
            "missing": NotFoundError("There is no such thing."),
            "conflict": ConflictError("Taken.", holder="another order"),
            "unavailable": UnavailableError("Busy."),
            "teapot": HTTPException(418, "Short and stout.", {"X-Spout": "left"}),
            "unmodified": HTTPException(304),
            "reset": HTTPException(205),
            "method": HTTPException(405, headers={"Allow": "PATCH"}),
            "object": HTTPException(400, {"detail": "No.", "code": 7, "status": "bad"}),
            "list": HTTPException(400, [1, 2]),
            "odd": ConflictError("\ud800", status="ours", price=Decimal(1), people={"a"}),
            "model": RequestValidationError(errors_of_order()),
            "rule": RequestValidationError([{"msg": "Not both."}]),
            "words": RequestValidationError(["Not both."]),
        }[name]

    @router.get("/probe/groups/{kind}")
    async def group(kind: str) -> None:
        try:
            raise ExceptionGroup("several", [ValueError()])
        except* ValueError as error:
            if kind == "star":
                raise HTTPException(502, "The shop does not respond.") from error
            several = error
        raise HTTPException(502, "The shop does not respond.") from several

    @router.delete("/probe/{name}")
    async def delete(name: str) -> None: ...

    app.include_router(router)
    app.mount("/files", StaticFiles(packages=[("fastapi_offline", "static")]))
    return app


def problem_in(response: Any, status: int, title: str) -> dict[str, Any]:
    """The body, when it is a problem as it should be."""
    body: dict[str, Any] = response.json()
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (body["type"], body["title"], body["status"]) == ("about:blank", title, status)
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert body["detail"]
    return body


def test_an_unknown_route_is_a_problem(client: TestClient) -> None:
    for path in ("/nowhere", "/health/and/more", "/health/live/"):
        problem_in(client.get(path), 404, "Not Found")


def test_a_wrong_method_names_every_right_one(client: TestClient) -> None:
    response = client.put("/probe/missing")
    problem_in(response, 405, "Method Not Allowed")
    assert response.headers["Allow"] == "DELETE, GET, HEAD"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("POST", "/files/favicon.png", "GET, HEAD"), ("GET", "/probe/method", "PATCH")],
)
def test_the_methods_that_others_name_are_kept(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    problem_in(response, 405, "Method Not Allowed")
    assert response.headers["Allow"] == allowed


def test_every_service_error_is_a_problem_with_its_status(client: TestClient) -> None:
    assert problem_in(client.get("/probe/missing"), 404, "Not Found")["detail"] == "There is no such thing."
    assert problem_in(client.get("/probe/conflict"), 409, "Conflict")["holder"] == "another order"
    unavailable = client.get("/probe/unavailable")
    problem_in(unavailable, 503, "Service Unavailable")
    assert unavailable.headers["Retry-After"] == "1"


def test_every_service_error_has_a_status() -> None:
    assert all(400 <= kind.status < 600 for kind in ServiceError.__subclasses__())


def test_an_http_exception_is_a_problem_and_keeps_its_headers(client: TestClient) -> None:
    response = client.get("/probe/teapot")
    assert problem_in(response, 418, "I'm a Teapot")["detail"] == "Short and stout."
    assert response.headers["X-Spout"] == "left"


@pytest.mark.parametrize("kind", ["star", "plain"])
def test_an_http_exception_from_a_group_of_errors_is_a_problem(client: TestClient, kind: str) -> None:
    body = problem_in(client.get(f"/probe/groups/{kind}"), 502, "Bad Gateway")
    assert body["detail"] == "The shop does not respond."


def test_a_detail_that_is_an_object_becomes_members(client: TestClient) -> None:
    body = problem_in(client.get("/probe/object"), 400, "Bad Request")
    assert (body["detail"], body["code"]) == ("No.", 7)
    assert problem_in(client.get("/probe/list"), 400, "Bad Request")["details"] == [1, 2]


def test_what_json_lacks_is_as_in_any_response_in_a_problem(client: TestClient) -> None:
    body = problem_in(client.get("/probe/odd"), 409, "Conflict")
    assert (body["detail"], body["price"], body["people"]) == ("\\ud800", "1", ["a"])


@pytest.mark.parametrize(("path", "status"), [("/probe/unmodified", 304), ("/probe/reset", 205)])
def test_a_status_without_body_stays_without(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert (response.status_code, response.content) == (status, b"")
    assert "Content-Type" not in response.headers


def test_the_response_to_an_invalid_request_says_where_and_why(client: TestClient) -> None:
    data = {"count": "s3cret", "lines": [{"a/b~c d": "s3cret"}]}
    response = client.post("/probe/orders", json=data, params={"page": 0})
    errors = problem_in(response, 422, "Unprocessable Content")["errors"]
    assert {(error["source"], error["pointer"]) for error in errors} == {
        ("query", "#/page"),
        ("body", "#/count"),
        ("body", "#/lines/0/a~1b~0c%20d"),
    }
    assert all(error["detail"] for error in errors)
    assert {error["type"] for error in errors} == {"greater_than_equal", "int_parsing"}


@pytest.mark.parametrize(
    ("path", "pointer"), [("/probe/model", "#/lines/0/a"), ("/probe/rule", "#"), ("/probe/words", "#")]
)
def test_an_error_of_a_model_that_is_raised_by_hand_is_about_the_body(
    client: TestClient, path: str, pointer: str
) -> None:
    errors = problem_in(client.get(path), 422, "Unprocessable Content")["errors"]
    assert [(error["source"], error["pointer"]) for error in errors] == [("body", pointer)]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_not_read(client: TestClient, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = client.post("/probe/orders", content=b'{"count": 1}', headers=headers, params={"page": 0})
    problem_in(response, 415, "Unsupported Media Type")


def test_of_very_many_errors_the_first_hundred_are_returned(client: TestClient) -> None:
    data = {"count": 1, "lines": [{"a": "no number"}] * 101}
    errors = problem_in(client.post("/probe/orders", json=data), 422, "Unprocessable Content")["errors"]
    assert [error["pointer"] for error in errors] == [f"#/lines/{number}/a" for number in range(100)]


def test_submitted_values_are_never_sent_back(client: TestClient) -> None:
    for data in ('{"count": "s3cret"}', '"s3cret"', '{"count": s3cret', '["s3cret"]'):
        response = client.post("/probe/orders", content=data, headers={"Content-Type": "application/json"})
        problem_in(response, 422, "Unprocessable Content")
        assert "s3cret" not in response.text


def test_broken_json_points_at_the_whole_body(client: TestClient) -> None:
    response = client.post("/probe/orders", content="{", headers={"Content-Type": "application/json"})
    assert problem_in(response, 422, "Unprocessable Content")["errors"][0]["pointer"] == "#"


@pytest.mark.parametrize("content", ["9" * 5000, "[" * 100_000, b"\xff\xfe"], ids=["huge", "deep", "bytes"])
def test_what_no_parser_takes_is_a_problem_too(client: TestClient, content: str | bytes) -> None:
    response = client.post("/probe/orders", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["Content-Type"] == "application/problem+json"
