"""The model that we ship: made by its script, small, and replaced by any other as the documents say."""

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession
from support.fixtures import Render
from support.paths import RAW
from support.programs import run

MODELS = RAW / "models"
SCRIPT = RAW / "scripts" / "model.py"
PREDICT = """
from fastapi.testclient import TestClient
from app.main import app
with TestClient(app) as client:
    client.portal.call(client.app_state['model'].loaded)
    print(client.post('/predict', json={'instances': [{'x': 1}, {'x': 2}]}).json()['predictions'])
"""


def test_the_model_is_what_its_script_makes(tmp_path: Path) -> None:
    """Needs nothing but what ships inside packages."""
    run(sys.executable, SCRIPT, tmp_path, cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in MODELS.iterdir()}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (MODELS / path.name).read_bytes(), path.name


def test_the_model_is_the_forest_and_small() -> None:
    forest = runpy.run_path(str(SCRIPT))["train"]()
    assert len(forest.estimators_) == 100
    rows = np.random.default_rng(0).uniform(0, 8, (500, 4)).astype(np.float32)
    session: Any = InferenceSession(MODELS / "model.onnx")
    labels, probabilities = session.run(None, {"features": rows})
    assert list(labels) == list(forest.predict(rows))
    np.testing.assert_allclose(probabilities, forest.predict_proba(rows), atol=1e-5)
    assert (MODELS / "model.onnx").stat().st_size < 300_000


def documents(service: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(service.rglob("*.md")))


def test_what_is_no_onnx_is_served_as_the_documents_say(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {"model_serving": "onnx", "database": "none"})
    said = documents(service)
    [code] = re.findall(r"^```python\n([^`]*Times42.*?)^```$", said, re.DOTALL | re.MULTILINE)
    [path] = re.findall(r"for instance in\n?\s*`(app/predictions/\w+\.py)`", said)
    (service / path).write_text(code, encoding="utf-8")
    factory = service / "app" / "factory.py"
    text = factory.read_text(encoding="utf-8")
    opened = "open_model(settings, lambda _: Times42())"
    assert opened in said
    text = text.replace("open_model(settings, load_onnx", opened.removesuffix(")")).replace("load_onnx, ", "")
    module = path.removesuffix(".py").replace("/", ".")
    text = text.replace("\nlogger =", f"from {module} import Times42\n\nlogger =", 1)
    factory.write_text(text, encoding="utf-8")
    said = run(sys.executable, "-c", PREDICT, cwd=service, env={"LOG_LEVEL": "ERROR"})
    assert said.endswith("[{'y': 42.0}, {'y': 84.0}]\n")
