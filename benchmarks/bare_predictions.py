"""The yardsticks: the same forest, in scikit-learn and in ONNX, as one serves it in ten lines of FastAPI."""

from typing import Any

import numpy as np
from fastapi import FastAPI
from onnxruntime import InferenceSession
from pydantic import BaseModel

# The service's own: this runs in its folder.
from scripts.model import train  # ty: ignore[import-not-found]

forest = train()
session = InferenceSession("models/model.onnx")


class Instance(BaseModel):
    features: list[float]


class Body(BaseModel):
    instances: list[Instance]


class Prediction(BaseModel):
    label: str
    probabilities: list[float]


app = FastAPI()


def rows(data: Body) -> np.ndarray:
    return np.array([instance.features for instance in data.instances], np.float32)


def predictions(labels: Any, probabilities: Any) -> list[Prediction]:
    pairs = zip(labels.tolist(), probabilities.tolist(), strict=True)
    return [Prediction(label=label, probabilities=values) for label, values in pairs]


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@app.post("/onnx")
async def predict_by_onnx(data: Body) -> list[Prediction]:
    return predictions(*session.run(None, {"features": rows(data)}))


@app.post("/sklearn")
def predict_by_sklearn(data: Body) -> list[str]:
    return list(forest.predict(rows(data)))
