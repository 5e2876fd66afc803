"""A service with a model, as strangers see it: fuzzed, reloaded under load, measured, and made anew."""

import json
import re
import runpy
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from conftest import ROOT, SERVICE, Render
from fuzzing import fuzz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnxruntime import InferenceSession
from running import free_port, run, serving

# In one process: they share a server.
pytestmark = pytest.mark.xdist_group("predictions")
MODELS = ROOT / SERVICE / "models"
OPERATOR = {"Authorization": "Bearer an operator"}
FLOWER = {"features": [5.1, 3.5, 1.4, 0.2]}


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("onnx"), {"model_serving": "onnx", "database": "none"})


@pytest.fixture(scope="module")
def url(service: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("log") / "server.log"
    url = f"http://127.0.0.1:{port}"
    environment = {"DRAIN_DELAY": "0", "OPERATOR_TOKEN": "an operator", "PYTHONDONTWRITEBYTECODE": "1"}
    command = f"exec {sys.executable} -m uvicorn app.main:app --port {port}"
    with serving(command, f"{url}/health/ready", service, log, environment):
        yield url
    assert '"level":"error"' not in log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, timeout=30) as client:
        yield client


# Fuzzing


def test_schemathesis_finds_nothing(url: str, tmp_path: Path) -> None:
    fuzz(url, tmp_path, 50, "--header", "Authorization: Bearer an operator")


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
    session: Any = InferenceSession(MODELS / "model.onnx")
    for batch in [rows[:100], *([row] for row in rows[:3])]:
        if not batch:
            continue
        instances = [{"features": row} for row in batch]
        found = client.post("/predict", json={"instances": instances}).json()["predictions"]
        labels, probabilities = session.run(None, {"features": np.array(batch, np.float32)})
        assert [each["label"] for each in found] == list(labels)
        theirs = np.array([each["probabilities"] for each in found], np.float32)
        np.testing.assert_allclose(theirs, probabilities, rtol=0, atol=0 if len(batch) == 1 else 1e-6)


# Reload


def test_no_request_fails_while_models_are_exchanged(client: httpx2.Client, url: str, service: Path) -> None:
    ended, answers = threading.Event(), []

    def ask() -> None:
        with httpx2.Client(base_url=url, timeout=30) as mine:
            while not ended.is_set():
                answers.append(mine.post("/predict", json={"instances": [FLOWER]}))

    callers = [threading.Thread(target=ask) for _ in range(8)]
    for caller in callers:
        caller.start()
    path = service / "models" / "model.json"
    before = json.loads(path.read_text(encoding="utf-8"))
    try:
        for number in range(20):
            # Until somebody has asked and been answered since the last change.
            enough, end = len(answers) + len(callers) + 1, time.monotonic() + 30
            while len(answers) < enough and time.monotonic() < end:
                time.sleep(0.01)
            changes = {"sha256": "0" * 64} if number % 4 == 3 else {"version": f"1.{number}"}
            path.write_text(json.dumps(before | changes), encoding="utf-8")
            status = client.post("/model/reload", headers=OPERATOR).status_code
            assert status == (409 if number % 4 == 3 else 200)
    finally:
        ended.set()
        for caller in callers:
            caller.join()
        path.write_text(json.dumps(before), encoding="utf-8")
        client.post("/model/reload", headers=OPERATOR)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["model"]["version"] for answer in answers}) == 1 + 15
    assert len({json.dumps(answer.json()["predictions"]) for answer in answers}) == 1


# The model and its script


def test_the_model_is_what_its_script_makes(tmp_path: Path) -> None:
    """Needs nothing but what ships inside packages."""
    run(sys.executable, ROOT / SERVICE / "scripts" / "model.py", tmp_path, cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in MODELS.iterdir()}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (MODELS / path.name).read_bytes(), path.name


def test_the_model_is_the_forest_and_small() -> None:
    forest = runpy.run_path(str(ROOT / SERVICE / "scripts" / "model.py"))["train"]()
    assert len(forest.estimators_) == 100
    rows = np.random.default_rng(0).uniform(0, 8, (500, 4)).astype(np.float32)
    session: Any = InferenceSession(MODELS / "model.onnx")
    labels, probabilities = session.run(None, {"features": rows})
    assert list(labels) == list(forest.predict(rows))
    np.testing.assert_allclose(probabilities, forest.predict_proba(rows), atol=1e-5)
    assert (MODELS / "model.onnx").stat().st_size < 300_000


def test_what_is_no_onnx_is_served_as_the_readme_says(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {"model_serving": "onnx", "database": "none"})
    readme = (service / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n([^`]*Times42.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    [path] = re.findall(r"for instance in\n`(app/predictions/\w+\.py)`", readme)
    (service / path).write_text(code, encoding="utf-8")
    factory = service / "app" / "factory.py"
    text = factory.read_text(encoding="utf-8")
    opened = "open_model(settings, lambda _: Times42())"
    assert opened in readme
    text = text.replace("open_model(settings, load_onnx)", opened).replace("load_onnx, ", "")
    module = path.removesuffix(".py").replace("/", ".")
    text = text.replace("\nlogger =", f"from {module} import Times42\n\nlogger =", 1)
    factory.write_text(text, encoding="utf-8")
    asked = (
        "from fastapi.testclient import TestClient\nfrom app.main import app\n"
        "with TestClient(app) as client:\n"
        "    client.portal.call(client.app_state['model'].loaded)\n"
        "    print(client.post('/predict', json={'instances': [{'x': 1}, {'x': 2}]}).json()['predictions'])\n"
    )
    said = run(sys.executable, "-c", asked, cwd=service, env={"LOG_LEVEL": "ERROR"})
    assert said.endswith("[{'y': 42.0}, {'y': 84.0}]\n")


def test_the_benchmark_of_predictions_prints_its_rows(service: Path) -> None:
    said = run(sys.executable, "benchmarks/predictions.py", "--quick", cwd=service)
    rows = re.findall(r"^  (\D.*?)  +\d+ +\d+\.\d ms +(\d+\.\d\d)$", said, re.MULTILINE)
    assert [name for name, _ in rows] == ["scikit-learn", "ONNX", "service"], said
