import json
import re
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import factory
from app.domains import DOMAINS
from app.errors import Problem


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, op) for path, ops in schema["paths"].items() for method, op in ops.items()]


def example_of(schema: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    """A body from the examples of the fields, where they have some."""
    if "requestBody" not in operation:
        return None
    # A form, or a file, has no example here.
    body = operation["requestBody"]["content"].get("application/json", {}).get("schema", {})
    if "$ref" in body:
        body = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    fields = body.get("properties", {}).items()
    return {field: about["examples"][0] for field, about in fields if "examples" in about}


def sent(
    client: TestClient, method: str, url: str, body: dict[str, Any] | None, **headers: str
) -> httpx2.Response:
    """Without the body of a stream, which may be endless."""
    with client.stream(method, url, json=body, headers=headers, follow_redirects=False) as response:
        if "Content-Length" in response.headers:
            response.read()
    return response


def test_every_operation_returns_what_it_documents_or_a_problem_of_the_client(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    for method, path, operation in operations(schema):
        url = re.sub(r"\{[^}]+\}", str(uuid4()), path)
        body = example_of(schema, operation)
        # One with an empty requirement among others may be called without any.
        if {} not in operation.get("security", [{}]):
            refused = sent(client, method, url, body, Authorization="")
            assert refused.status_code in (401, 403), (
                f"{method} {path} needs no credentials; if it shall take none, too, "
                'say so at its route: openapi_extra={"security": [{}]}'
            )
        response = sent(client, method, url, body)
        if response.headers.get("Content-Type") == "application/problem+json":
            # A 503 may be the word of a service that is not there in tests.
            assert response.status_code != 500, f"{method} {path}: {response.text}"
        else:
            assert str(response.status_code) in operation["responses"], (
                f"{method} {path}: {response}. Its route has to name it: "
                f"status_code={response.status_code}, or a key of responses=..."
            )


def test_every_operation_documents_the_one_error(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    for _, _, operation in operations(schema):
        content = operation["responses"]["default"]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_what_is_no_part_of_the_api_is_not_in_its_document(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "/health/live" in paths
    assert {"/docs", "/docs/{name}", "/openapi.json"} & {*paths} == set()


def test_every_reference_leads_somewhere(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    text = json.dumps(schema)
    names = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(schema["components"]["schemas"])


def test_operation_ids_are_short_and_different(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    assert not repeated, f"Rename a handler: more than one in this service is called {', '.join(repeated)}."
    assert all(name.isidentifier() for name in ids)


def test_each_tag_is_described_and_the_product_comes_first(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    used = {tag for _, _, operation in operations(schema) for tag in operation.get("tags", [])}
    described = [tag["name"] for tag in schema["tags"]]
    assert set(described) <= used
    assert len(set(described)) == len(described)
    assert all(tag["description"].endswith(".") for tag in schema["tags"])
    own = [domain.router.tags[0] for domain in DOMAINS]
    assert described[: len(DOMAINS)] == own
    assert described[-1] == "health" or "health" in own


def test_a_domain_and_a_part_of_the_service_may_share_a_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = SimpleNamespace(router=SimpleNamespace(tags=["health"]))
    monkeypatch.setattr(factory, "DOMAINS", [domain])
    assert [tag["name"] for tag in factory.describe_tags()].count("health") == 1


def test_the_document_is_made_once(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    document = app.openapi()
    monkeypatch.setattr(Problem, "model_json_schema", lambda **_: pytest.fail("made again"))
    assert app.openapi() is document


def test_the_document_names_the_prefix_of_a_proxy(app: FastAPI) -> None:
    with TestClient(app, root_path="/api") as client:
        assert {"url": "/api"} in client.get("/api/openapi.json").json()["servers"]
