"""What clients send and receive."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, Field

from .batcher import Prediction
from .predictor import ModelInfo
from .serving import Serving

# Of one request; more go to the background.
MAX_INSTANCES, MAX_BATCH_INSTANCES = 100, 10_000
# Each has a value for every input of the model: `Inputs` parses them, `openapi` describes them.
Instances = list[Any]


class PredictRequest(BaseModel, extra="forbid"):
    instances: Annotated[Instances, Field(min_length=1, max_length=MAX_INSTANCES)]


class BatchRequest(BaseModel, extra="forbid"):
    instances: Annotated[Instances, Field(min_length=1, max_length=MAX_BATCH_INSTANCES)]


def body(model: type[BaseModel]) -> dict[str, Any]:
    """For the OpenAPI document: the endpoints read their bodies by themselves."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class ModelName(BaseModel):
    name: str
    version: str
    sha256: str | None = Field(description="The checksum of its file; null without one.")


class PredictResponse(BaseModel):
    predictions: list[dict[str, Any]] = Field(
        description="Every output of the model, for each instance and in their order."
    )
    model: ModelName


def to_json(info: ModelInfo, predictions: Sequence[Prediction]) -> bytes:
    """A PredictResponse as JSON, which has no NaN: it becomes null."""
    model = {"name": info.name, "version": info.version, "sha256": info.sha256}
    return orjson.dumps({"predictions": predictions, "model": model})


class ModelArray(BaseModel, from_attributes=True):
    """One input or output of an instance."""

    name: str
    type: str = Field(examples=["float32"])
    shape: tuple[int | None, ...] = Field(description="Null where any size will do.")


class ServedModel(ModelInfo):
    inputs: tuple[ModelArray, ...]
    outputs: tuple[ModelArray, ...]

    @classmethod
    def of(cls, serving: Serving) -> Self:
        arrays = {"inputs": serving.inputs.arrays, "outputs": serving.outputs}
        return cls.model_validate({**serving.info.model_dump(), **arrays})
