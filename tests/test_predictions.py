"""A service with a model, fuzzed, compared with the bare session, reloaded under load."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnxruntime import InferenceSession
from support.fixtures import Render
from support.fuzzing import fuzz
from support.paths import RAW
from support.predictors import OPERATOR, TOKEN, Predicting
from support.programs import free_port, serving

# In one process: they share a server.
pytestmark = pytest.mark.xdist_group("predictions")
MODEL = RAW / "models" / "model.onnx"


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("onnx"), {"model_serving": "onnx", "database": "none"})


@pytest.fixture(scope="module")
def url(service: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("log") / "server.log"
    url = f"http://127.0.0.1:{port}"
    environment = {"DRAIN_DELAY": "0", "OPERATOR_TOKEN": TOKEN, "PYTHONDONTWRITEBYTECODE": "1"}
    command = f"exec {sys.executable} -m uvicorn app.main:app --port {port}"
    with serving(command, f"{url}/health/ready", service, log, environment):
        yield url
    assert '"level":"error"' not in log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, timeout=30) as client:
        yield client


def test_schemathesis_finds_nothing(url: str, tmp_path: Path) -> None:
    fuzz(url, tmp_path, 50, "--header", f"Authorization: {OPERATOR['Authorization']}")


SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
FEATURES = st.lists(st.floats() | st.floats(width=32) | SCALARS, min_size=3, max_size=5)
BODIES = VALUES | st.fixed_dictionaries(
    {"instances": VALUES | st.lists(st.fixed_dictionaries({"features": FEATURES | VALUES}), max_size=3)}
)


@settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(BODIES)
def test_anything_is_predicted_or_refused_in_words(client: httpx2.Client, body: Any) -> None:
    text = json.dumps(body)
    answer = client.post("/predict", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert all(error["pointer"].startswith("#") for error in answer.json()["errors"])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=4, max_size=4)))
def test_every_number_is_predicted_as_by_the_bare_session(
    client: httpx2.Client, rows: list[list[float]]
) -> None:
    """To the last bit when it is alone; close to it among others."""
    session: Any = InferenceSession(MODEL)
    for batch in filter(None, [rows[:100], *([row] for row in rows[:3])]):
        instances = [{"features": row} for row in batch]
        found = client.post("/predict", json={"instances": instances}).json()["predictions"]
        labels, probabilities = session.run(None, {"features": np.array(batch, np.float32)})
        assert [each["label"] for each in found] == list(labels)
        theirs = np.array([each["probabilities"] for each in found], np.float32)
        np.testing.assert_allclose(theirs, probabilities, rtol=0, atol=0 if len(batch) == 1 else 1e-6)


def test_no_request_fails_while_models_are_exchanged(client: httpx2.Client, url: str, service: Path) -> None:
    path = service / "models" / "model.json"
    before = json.loads(path.read_text(encoding="utf-8"))
    try:
        with Predicting(url) as predicting:
            for number in range(20):
                predicting.wait()
                broken = number % 4 == 3
                changes = {"sha256": "0" * 64} if broken else {"version": f"1.{number}"}
                path.write_text(json.dumps(before | changes), encoding="utf-8")
                status = client.post("/model/reload", headers=OPERATOR).status_code
                assert status == (409 if broken else 200)
    finally:
        path.write_text(json.dumps(before), encoding="utf-8")
        client.post("/model/reload", headers=OPERATOR)
    answers = [answer.json() for answer in predicting.answers]
    assert {answer.status_code for answer in predicting.answers} == {200}
    assert len({answer["model"]["version"] for answer in answers}) == 1 + 15
    assert len({json.dumps(answer["predictions"]) for answer in answers}) == 1
