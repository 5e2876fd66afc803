from collections.abc import Iterator

import numpy as np
import orjson
import pytest
from fastapi.testclient import TestClient

from app import factory
from tests.predictions.test_router import FLOWER, body, documented_instances
from tests.support.predictors import FakePredictor
from tests.support.waiting import Wait

PATH = "/predict/batch"


def test_a_batch_is_predicted_in_the_background(client: TestClient, wait: Wait) -> None:
    accepted = client.post(PATH, json=body(*[FLOWER] * 200))
    assert accepted.status_code == 202
    record = wait(accepted.headers["Location"])
    assert (record["name"], record["state"]) == ("predictions.predict_all", "succeeded")
    assert [each["label"] for each in record["result"]["predictions"]] == ["setosa"] * 200
    assert record["result"]["model"]["name"] == "iris"


def test_a_bad_row_of_a_batch_is_refused_at_once(client: TestClient) -> None:
    refused = client.post(PATH, json=body(FLOWER, [1]))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/instances/1/features"
    assert "Location" not in refused.headers


def test_an_empty_or_misspelt_batch_is_refused(client: TestClient) -> None:
    for content in ({"instances": []}, {}, [], {"instances": {}}, {**body(FLOWER), "instance": 1}):
        assert client.post(PATH, json=content).status_code == 422


def test_a_batch_in_another_media_type_is_refused(client: TestClient) -> None:
    content = orjson.dumps(body(FLOWER))
    assert client.post(PATH, content=content, headers={"Content-Type": "text/plain"}).status_code == 415


def test_the_document_describes_the_inputs_of_a_batch(client: TestClient) -> None:
    instances = documented_instances(client, PATH)
    assert "features" in instances["items"]["properties"]
    assert (instances["minItems"], instances["maxItems"]) == (1, 10_000)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePredictor]:
    fake = FakePredictor()
    monkeypatch.setattr(factory, "load_onnx", lambda _: fake)
    yield fake
    fake.may_go_on.set()


def test_what_is_no_number_is_null_in_the_result(
    fake: FakePredictor, client: TestClient, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "predict", lambda _: {"y": np.array([np.nan])})
    accepted = client.post(PATH, json={"instances": [{"x": 3}]})
    assert wait(accepted.headers["Location"])["result"]["predictions"] == [{"y": None}]
