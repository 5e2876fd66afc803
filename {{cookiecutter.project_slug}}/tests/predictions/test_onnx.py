import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnxruntime import InferenceSession
from structlog.testing import capture_logs

from app.predictions import InvalidInstanceError, ModelError, load_onnx, onnx
from app.predictions.onnx import input_of
from app.settings import Settings


class Node:
    """An input as onnxruntime describes it."""

    def __init__(self, kind: str, *shape: int | str | None) -> None:
        self.name, self.type, self.shape = "x", kind, list(shape)


@pytest.fixture
def path(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the model that may be spoilt."""
    for suffix in (".onnx", ".json"):
        (tmp_path / f"model{suffix}").write_bytes(Path(settings.model_path).with_suffix(suffix).read_bytes())
    return tmp_path / "model.onnx"


def refusal(settings: Settings, path: Path) -> str:
    with pytest.raises(ModelError) as raised:
        load_onnx(settings.model_copy(update={"model_path": str(path)}))
    return raised.value.detail


def test_a_missing_file_is_named(settings: Settings, path: Path) -> None:
    path.unlink()
    assert refusal(settings, path).startswith(f"{path} cannot be read: No such file")


def test_a_missing_description_is_named(settings: Settings, path: Path) -> None:
    path.with_suffix(".json").unlink()
    assert refusal(settings, path).startswith(f"{path.with_suffix('.json')} cannot be read")


def test_a_pipe_holds_nothing_up(settings: Settings, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
    assert refusal(settings, path) == f"{path} is not a file"


@pytest.mark.parametrize(
    "text", ["", "{}", "no json", '{"name": "", "version": "1"}', '{"name": "x", "version": ""}']
)
def test_an_invalid_description_is_named(settings: Settings, path: Path, text: str) -> None:
    path.with_suffix(".json").write_text(text)
    assert "model.json does not describe a model" in refusal(settings, path)


@pytest.mark.parametrize("size", [0, 1, 1000, -1])
def test_a_truncated_file_is_found_by_its_checksum(settings: Settings, path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    assert f"{path} is cut short or another file" in refusal(settings, path)


def test_a_broken_file_with_the_right_checksum_is_refused_too(settings: Settings, path: Path) -> None:
    content = path.read_bytes()[:1000]
    path.write_bytes(content)
    about = {"name": "x", "version": "1", "sha256": hashlib.sha256(content).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(about))
    assert f"{path} is not a model" in refusal(settings, path)


def test_the_inputs_are_those_of_the_file() -> None:
    found = input_of(Node("tensor(int64)", "batch", 3, None, "length"))
    assert (found.name, found.type, found.shape) == ("x", "int64", (3, None, None))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *[("float16", "float16"), ("float", "float32"), ("double", "float64")],
        *[("bool", "bool"), ("string", "str"), ("int8", "int8"), ("uint64", "uint64")],
    ],
)
def test_types_have_the_names_of_numpy(kind: str, name: str) -> None:
    assert input_of(Node(f"tensor({kind})", None)).type == name


@pytest.mark.parametrize(
    "node", [Node("seq(tensor(float))", None), Node("tensor(float)"), Node("tensor(float)", 1, 4)]
)
def test_an_input_that_no_batch_can_have_is_refused(node: Node) -> None:
    with pytest.raises(ModelError, match="The input x"):
        input_of(node)


def test_predictions_are_those_of_the_bare_session(settings: Settings) -> None:
    features = np.random.default_rng(0).uniform(0, 8, (100, 4)).astype(np.float32)
    expected = InferenceSession(settings.model_path).run(None, {"features": features})
    found = load_onnx(settings).predict({"features": features})
    for name, output in zip(("label", "probabilities"), expected, strict=True):
        np.testing.assert_array_equal(found[name], output)


def test_a_batch_has_the_threads_of_the_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def session(content: bytes, options: Any, **others: Any) -> InferenceSession:
        threads.append(options.intra_op_num_threads)
        return InferenceSession(content, options, **others)

    monkeypatch.setattr(onnx, "InferenceSession", session)
    load_onnx(settings.model_copy(update={"model_threads": 3}))
    assert threads == [3]


def test_what_the_session_does_not_take_is_the_fault_of_the_values(settings: Settings) -> None:
    predictor = load_onnx(settings)
    with capture_logs() as lines, pytest.raises(InvalidInstanceError, match="does not take"):
        predictor.predict({"features": np.zeros((1, 5), np.float32)})
    assert [line["event"] for line in lines] == ["batch_refused"]
