import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import orjson
import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from onnxruntime import InferenceSession

from app import factory
from app.factory import create_app
from app.predictions import InvalidInstanceError
from app.predictions.batcher import Batcher
from app.predictions.schemas import PredictResponse
from app.settings import Settings
from tests.support.predictors import FakePredictor

FLOWER = [5.1, 3.5, 1.4, 0.2]
OPERATOR = {"Authorization": "Bearer an operator"}


def body(*flowers: Any) -> dict[str, Any]:
    return {"instances": [{"features": flower} for flower in flowers]}


def documented_instances(client: TestClient, path: str) -> Any:
    operation = client.get("/openapi.json").json()["paths"][path]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert (schema["required"], schema["additionalProperties"]) == (["instances"], False)
    return schema["properties"]["instances"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"operator_token": "an operator"})


def test_an_instance_is_predicted_to_the_last_bit(client: TestClient, settings: Settings) -> None:
    session: Any = InferenceSession(settings.model_path)
    for flower in np.random.default_rng(0).uniform(0, 8, (20, 4)).astype(np.float32):
        label, probabilities = session.run(None, {"features": flower[None]})
        [found] = client.post("/predict", json=body(flower.tolist())).json()["predictions"]
        assert found["label"] == label[0]
        assert np.array_equal(np.float32(found["probabilities"]), probabilities[0])


def test_many_instances_are_predicted_in_their_order(client: TestClient) -> None:
    flowers = [FLOWER, [6.7, 3.0, 5.2, 2.3], FLOWER]
    response = client.post("/predict", json=body(*flowers))
    assert response.status_code == 200
    assert [each["label"] for each in response.json()["predictions"]] == ["setosa", "virginica", "setosa"]


def test_the_response_and_the_access_log_say_which_model_it_was(client: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        response = client.post("/predict", json=body(FLOWER)).json()
        client.get("/docs")
    about = client.get("/model").json()
    assert response["model"] == {name: about[name] for name in ("name", "version", "sha256")}
    first, second = (line for line in lines if line["event"] == "request")
    assert first["model_version"] == about["version"]
    assert "model_version" not in second


@pytest.mark.parametrize(
    ("flower", "pointer"),
    [
        ("NaN", "#/instances/0/features/3"),
        ("-Infinity", "#/instances/0/features/3"),
        ("1e39", "#/instances/0/features/3"),
        ("1e400", "#/instances/0/features/3"),
        ("9" * 400, "#/instances/0/features/3"),
        ("true", "#/instances/0/features/3"),
        ("1, 1", "#/instances/0/features"),
    ],
)
def test_a_bad_value_is_a_problem_that_points_at_it(client: TestClient, flower: str, pointer: str) -> None:
    text = orjson.dumps(body([1, 2, 3, "?"])).decode().replace('"?"', flower)
    refused = client.post("/predict", content=text, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    [error] = refused.json()["errors"]
    assert (error["source"], error["pointer"]) == ("body", pointer)


def test_an_empty_or_misspelt_request_is_refused(client: TestClient) -> None:
    for content in ({"instances": []}, {}, [], {"instances": {}}, {**body(FLOWER), "instance": 1}):
        assert client.post("/predict", json=content).status_code == 422


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"instances": "\\ud800"}', b"[" * 1000], ids=repr)
def test_what_is_no_json_is_refused(client: TestClient, content: bytes) -> None:
    refused = client.post("/predict", content=content, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#")


def test_another_media_type_is_refused(client: TestClient) -> None:
    def post(content_type: str) -> httpx2.Response:
        headers = {"Content-Type": content_type}
        return client.post("/predict", content=orjson.dumps(body(FLOWER)), headers=headers)

    for kind in ("Application/JSON; charset=utf-8", "application/vnd.flowers+json"):
        assert post(kind).is_success
    for kind in ("text/plain", "text/notjson", "application/x-www-form-urlencoded", ""):
        assert post(kind).status_code == 415
        assert "Content-Type: application/json" in post(kind).json()["detail"]


def test_the_document_describes_the_response(client: TestClient) -> None:
    response = client.post("/predict", json=body(FLOWER)).json()
    assert PredictResponse.model_validate(response).model_dump() == response
    operation = client.get("/openapi.json").json()["paths"]["/predict"]["post"]
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "PredictResponse"
    )


def test_too_many_instances_are_refused(client: TestClient) -> None:
    assert client.post("/predict", json=body(*[FLOWER] * 100)).status_code == 200
    refused = client.post("/predict", json=body(*[FLOWER] * 101))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/instances")


def test_of_very_many_errors_the_first_hundred_are_returned(client: TestClient) -> None:
    flower = {"features": FLOWER, **{str(number): 0 for number in range(10_000)}}
    refused = client.post("/predict", json={"instances": [flower]})
    assert (refused.status_code, len(refused.json()["errors"])) == (422, 100)


def test_the_model_is_described(client: TestClient) -> None:
    about = client.get("/model").json()
    assert about["inputs"] == [{"name": "features", "type": "float32", "shape": [4]}]
    assert about["outputs"] == [
        {"name": "label", "type": "str", "shape": []},
        {"name": "probabilities", "type": "float32", "shape": [3]},
    ]
    assert about["classes"] == ["setosa", "versicolor", "virginica"]
    assert about["metrics"]["accuracy"] > 0.9
    assert len(about["sha256"]) == 64


def test_the_document_describes_the_inputs_of_the_model(client: TestClient) -> None:
    instances = documented_instances(client, "/predict")
    assert (instances["minItems"], instances["maxItems"]) == (1, 100)
    features = instances["items"]["properties"]["features"]
    assert (features["minItems"], features["maxItems"], features["items"]["type"]) == (4, 4, "number")


# Operators


@pytest.mark.parametrize("value", ["", "Bearer wrong", "Bearer", "Basic an operator", "Bearer \u00e9"])
def test_only_an_operator_may_replace_the_model(client: TestClient, value: str) -> None:
    for headers in ({}, {b"Authorization": value.encode()}):
        refused = client.post("/model/reload", headers=headers)
        assert refused.status_code == 401
        assert refused.json()["detail"].startswith("Only an operator may do this")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_token_may_have_any_letters(settings: Settings) -> None:
    token = "\uc8fc\ubb38 \u00e9"
    with TestClient(create_app(settings.model_copy(update={"operator_token": token}))) as client:
        assert client.portal
        client.portal.call(client.app_state["model"].loaded)
        headers = {b"Authorization": f"Bearer {token}".encode()}
        assert client.post("/model/reload", headers=headers).status_code == 200


def test_without_a_token_in_the_settings_no_client_may(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"operator_token": None}))
    with TestClient(app) as client:
        refused = client.post("/model/reload", headers=OPERATOR)
    assert refused.status_code == 403
    assert "OPERATOR_TOKEN" in refused.json()["detail"]


def test_an_operator_replaces_the_model(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    model = client.app_state["model"]
    monkeypatch.setattr(model, "_load", lambda _: FakePredictor("2"))
    assert client.post("/model/reload", headers=OPERATOR).json()["version"] == "2"
    response = client.post("/predict", json={"instances": [{"x": 4}]}).json()
    assert (response["predictions"], response["model"]["version"]) == ([{"y": 8}], "2")
    assert documented_instances(client, "/predict")["examples"] == [[{"x": 0}]]


def test_a_bad_file_is_named_and_the_old_model_goes_on(settings: Settings, tmp_path: Path) -> None:
    for suffix in (".onnx", ".json"):
        (tmp_path / f"m{suffix}").write_bytes(Path(settings.model_path).with_suffix(suffix).read_bytes())
    path = tmp_path / "m.onnx"
    with TestClient(create_app(settings.model_copy(update={"model_path": str(path)}))) as client:
        assert client.portal
        client.portal.call(client.app_state["model"].loaded)
        path.write_bytes(path.read_bytes()[:-1])
        refused = client.post("/model/reload", headers=OPERATOR)
        assert refused.status_code == 409
        assert str(path) in refused.json()["detail"]
        assert client.post("/predict", json=body(FLOWER)).status_code == 200
        assert client.get("/health/ready").json()["checks"]["model"] == "ok"


# A model that fails or waits


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePredictor:
    fake = FakePredictor()
    monkeypatch.setattr(factory, "load_onnx", lambda _: fake)
    return fake


@pytest.fixture
def faked(fake: FakePredictor, client: TestClient) -> Iterator[TestClient]:
    yield client
    fake.may_go_on.set()


def test_what_a_model_does_not_take_is_an_error_of_the_client(fake: FakePredictor, faked: TestClient) -> None:
    fake.errors[3] = InvalidInstanceError("No threes, please.")
    refused = faked.post("/predict", json={"instances": [{"x": 3}]})
    assert (refused.status_code, refused.json()["detail"]) == (422, "No threes, please.")


def test_what_is_no_number_is_null(
    fake: FakePredictor, faked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "predict", lambda _: {"y": np.array([np.nan])})
    assert faked.post("/predict", json={"instances": [{"x": 3}]}).json()["predictions"] == [{"y": None}]


def test_a_model_that_breaks_shows_clients_nothing(fake: FakePredictor, faked: TestClient) -> None:
    fake.errors[3] = ValueError("s3cret")
    failed = faked.post("/predict", json={"instances": [{"x": 3}]})
    assert failed.status_code == 500
    assert "s3cret" not in failed.text


def test_a_service_without_a_model_is_live_and_not_ready(fake: FakePredictor, app: FastAPI) -> None:
    fake.may_go_on.clear()
    with TestClient(app) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").json()["checks"]["model"] != "ok"
        assert client.get("/openapi.json").status_code == 200
        refused = client.post("/predict", json={"instances": [{"x": 3}]})
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        fake.may_go_on.set()


async def test_a_client_that_hangs_up_costs_no_compute(
    fake: FakePredictor, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three clients while a batch computes: the second one hangs up."""
    arrived: list[Any] = []
    predict = Batcher.predict

    async def watched(batcher: Batcher, *arguments: Any) -> Any:
        arrived.append(arguments)
        return await predict(batcher, *arguments)

    monkeypatch.setattr(Batcher, "predict", watched)
    lifespan: Any = app.router.lifespan_context
    async with lifespan(app) as state:
        await state["model"].loaded()
        fake.may_go_on.clear()
        hung_up = asyncio.Event()
        requests = []
        for number in (1, 2, 3):
            requests.append(asyncio.create_task(request_prediction(app, state, number, hung_up)))
            while len(arrived) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        hung_up.set()
        fake.may_go_on.set()
        assert await asyncio.gather(*requests) == [200, 499, 200]
    assert fake.batches[2:] == [[1], [3]]


async def test_a_client_that_hangs_up_in_the_middle_of_a_body_is_no_fault(
    fake: FakePredictor, app: FastAPI
) -> None:
    lifespan: Any = app.router.lifespan_context
    async with lifespan(app) as state:
        await state["model"].loaded()
        hung_up = asyncio.Event()
        hung_up.set()
        assert await request_prediction(app, state, 2, hung_up, more_body=True) == 499


async def request_prediction(
    app: FastAPI, state: Any, number: int, hung_up: asyncio.Event, more_body: bool = False
) -> int:
    """The status of the response, requested as a server does; the client that sends a 2 hangs up."""
    content = orjson.dumps({"instances": [{"x": number}]})
    messages = [{"type": "http.request", "body": content, "more_body": more_body}]
    statuses: list[int] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await (hung_up if number == 2 else asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    sent = [(name.lower(), value) for name, value in TestClient(app).headers.raw]
    headers = [*sent, (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": headers, "query_string": b""}
    await app({**scope, "state": dict(state), "server": ("x", 80), "scheme": "http"}, receive, send)
    return statuses[0]
