"""Run inside a service: it enters the lifespan, and calls every operation of the API once."""

import json
import os
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

from app.domains import DOMAINS  # ty: ignore[import-not-found]
from app.factory import create_app  # ty: ignore[import-not-found]
from app.settings import Settings  # ty: ignore[import-not-found]
from fastapi.testclient import TestClient


def values_of(client: Any, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """What examples do not say: as its factory makes a row of a domain, with the rows to which it refers."""
    name = path.removeprefix("/v1/").partition("/")[0]
    domains = [domain.__name__.rpartition(".")[2] for domain in DOMAINS]
    if "requestBody" not in operation or name not in domains:
        return {}
    fields = import_module(f"tests.domains.{name}.factory").FIELDS
    values: dict[str, Any] = fields.next_values(client, fields)
    return values


def body_of(operation: dict[str, Any], models: dict[str, Any]) -> Any:
    """A body of the examples that the document gives; None where none is wanted."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    model = models.get(schema.get("$ref", "").rpartition("/")[2], schema)
    if "examples" in model:
        return model["examples"][0]
    if "properties" not in model:
        return None
    fields = model["properties"].items()
    return {name: about["examples"][0] for name, about in fields if "examples" in about}


# Of accounts: no example has a valid password or link, or a time in the future. No mail can be sent.
OTHERWISE = {
    ("post", "/sessions"): {"401"},
    ("post", "/accounts/password"): {"422"},
    ("put", "/account/password"): {"422"},
    ("post", "/account/keys"): {"422"},
    ("post", "/accounts"): {"409"},
    ("post", "/accounts/links"): {"409"},
}


def check(method: str, path: str, response: Any, operation: dict[str, Any]) -> None:
    """An untouched service has no row with this ID, and takes the examples of its own document."""
    wanted = {"404"} if "{" in path else {status for status in operation["responses"] if status < "300"}
    wanted = {"401", "403"} if {"operator": []} in operation.get("security", ()) else wanted
    wanted = OTHERWISE.get((method, path), wanted)
    assert str(response.status_code) in wanted, f"{path}: {response.status_code} {response.text[:500]}"


def token_of(settings: Any) -> str | None:
    """Of one who may do everything, where that is not everybody."""
    if find_spec("app.accounts"):
        token: str = import_module("tests.support.accounts").person(settings, "ada@example.com", True).token
        return token
    return os.environ.get("TOKEN")


def wait_until_ready(client: Any) -> None:
    """A part may open in the background."""
    end = time.monotonic() + 60
    while (response := client.get("/health/ready")).status_code != 200:
        assert time.monotonic() < end, response.text
        time.sleep(0.05)


def main() -> None:
    settings = Settings()
    token = token_of(settings)
    app = create_app(settings)
    with TestClient(app) as client:
        wait_until_ready(client)
        document = client.get("/openapi.json").json()
        models = document["components"]["schemas"]
        calls = [
            (method, path, about)
            for path, many in document["paths"].items()
            for method, about in many.items()
        ]
        # What ends the sessions comes last.
        calls.sort(key=lambda call: call[:2] == ("delete", "/account/sessions"))
        if token:
            client.headers["Authorization"] = f"Bearer {token}"
        for method, path, operation in calls:
            url = (
                path[: path.index("{")] + str(uuid4()) + path[path.index("}") + 1 :] if "{" in path else path
            )
            body = body_of(operation, models)
            if values := values_of(client, path, operation):
                body = {**values, **(body or {})}
            check(method, path, client.request(method, url, json=body), operation)
    print(json.dumps({"operations": len(calls), "paths": [*document["paths"]]}))


if __name__ == "__main__":
    main()
