"""Predictions: a model that is loaded in the lifespan, asked in batches, and replaced while it serves."""

from .docs import install_predictions
from .model import Model, open_model
from .onnx import load_onnx
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
