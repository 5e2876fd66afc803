"""Predictions that outlive a request."""

from typing import Any, TypedDict

import orjson

from .model import Model
from .schemas import to_json


class State(TypedDict):
    """Of all that the lifespan opens, what these tasks use."""

    model: Model


async def predict_all(state: State, instances: list[Any]) -> dict[str, Any]:
    """With the model that serves when the attempt starts, to its end."""
    serving = await state["model"].loaded()
    rows = serving.inputs.rows(serving.inputs.check(instances))
    found: dict[str, Any] = orjson.loads(
        to_json(serving.info, await serving.batcher.predict_past_queue(rows))
    )
    return found
