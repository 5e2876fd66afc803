"""ONNX files, run by onnxruntime."""

import hashlib
from pathlib import Path
from typing import Any

import structlog
from onnxruntime import InferenceSession, SessionOptions
from onnxruntime.capi.onnxruntime_pybind11_state import (  # ty: ignore[import-not-found]
    Fail,
    InvalidArgument,
    RuntimeException,
)
from pydantic import ValidationError

from app.settings import Settings
from .predictor import Array, Batch, InvalidInstanceError, ModelError, ModelInfo

logger = structlog.get_logger()

# The types of ONNX, as numpy calls them.
TYPES = {
    "tensor(float16)": "float16",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(bool)": "bool",
    "tensor(string)": "str",
    **{f"tensor({kind})": kind for kind in ("int8", "int16", "int32", "int64")},
    **{f"tensor({kind})": kind for kind in ("uint8", "uint16", "uint32", "uint64")},
}


class OnnxPredictor:
    def __init__(self, session: InferenceSession, info: ModelInfo) -> None:
        self.info = info
        self.inputs = tuple(input_of(node) for node in session.get_inputs())
        self._session = session
        self._outputs = [node.name for node in session.get_outputs()]

    def predict(self, batch: Batch) -> Batch:
        try:
            outputs: Any = self._session.run(None, dict(batch))
        except (Fail, InvalidArgument, RuntimeException) as error:
            # It has predicted before: so it is about these values, such as sizes that do not fit each other.
            logger.warning("batch_refused", reason=str(error))
            raise InvalidInstanceError("The model does not take these values.") from error
        return dict(zip(self._outputs, outputs, strict=True))


def input_of(node: Any) -> Array:
    kind, shape = TYPES.get(node.type), node.shape
    if kind is None:
        raise ModelError(f"The input {node.name} is a {node.type}, which cannot be served")
    if not shape or isinstance(shape[0], int):
        raise ModelError(f"The input {node.name} has no free first dimension: export the model for batches")
    return Array(node.name, kind, tuple(size if isinstance(size, int) else None for size in shape[1:]))


def load_onnx(settings: Settings) -> OnnxPredictor:
    """The file, if it is the one that the description next to it is about."""
    path = Path(settings.model_path)
    # Read once: what is checked is what is loaded, also while a new file is written.
    content, info = read(path), read_info(path.with_suffix(".json"))
    checksum = hashlib.sha256(content).hexdigest()
    if checksum != (info.sha256 or "").lower():
        raise ModelError(
            f"{path} is cut short or another file: it has the SHA-256 {checksum}, "
            f"and {path.with_suffix('.json')} says {info.sha256 or 'nothing'}"
        )
    options = SessionOptions()
    options.intra_op_num_threads = settings.model_threads
    try:
        session = InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{path} is not a model that onnxruntime can read: {error}") from error
    return OnnxPredictor(session, info)


def read_info(path: Path) -> ModelInfo:
    try:
        return ModelInfo.model_validate_json(read(path))
    except ValidationError as error:
        reasons = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ModelError(f"{path} does not describe a model: {'; '.join(reasons)}") from error


def read(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        # A pipe would hold up this one and every later attempt.
        raise ModelError(f"{path} is not a file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
