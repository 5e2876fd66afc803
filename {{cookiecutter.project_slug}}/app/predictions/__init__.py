"""Predictions: a model that is loaded in the lifespan, runs in batches, and is replaced while it serves."""

# % if cookiecutter.tasks != "none"
from . import batch_predictions as batch_predictions
# % endif
from .model import Model, open_model
from .onnx import load_onnx
from .openapi import install_predictions
from .predictor import Array, Batch, InvalidInstanceError, ModelError, ModelInfo, Predictor

__all__ = [
    "Array",
    "Batch",
    "InvalidInstanceError",
    "Model",
    "ModelError",
    "ModelInfo",
    "Predictor",
    "install_predictions",
    "load_onnx",
    "open_model",
]
