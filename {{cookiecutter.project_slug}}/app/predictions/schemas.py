"""What callers send and receive."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from .batcher import Prediction
from .predictor import ModelInfo
from .serving import Serving

# Each has a value for every input of the model: `Inputs` reads them, `docs` describes them.
Instances = list[Any]


class PredictRequest(BaseModel, extra="forbid"):
    instances: Annotated[Instances, Field(min_length=1, max_length=100)]


class BatchRequest(BaseModel, extra="forbid"):
    instances: Annotated[Instances, Field(min_length=1, max_length=10_000)]


class ModelName(BaseModel, from_attributes=True):
    name: str
    version: str
    sha256: str | None = Field(description="The checksum of its file; null without one.")


class PredictReply(BaseModel):
    predictions: list[dict[str, Any]] = Field(
        description="Every output of the model, for each instance and in their order."
    )
    model: ModelName

    @classmethod
    def of(cls, info: ModelInfo, predictions: Sequence[Prediction]) -> Self:
        return cls.model_validate({"predictions": predictions, "model": info})


class AboutArray(BaseModel, from_attributes=True):
    """One input or output of an instance."""

    name: str
    type: str = Field(examples=["float32"])
    shape: tuple[int | None, ...] = Field(description="Null where any size will do.")


class AboutModel(ModelInfo):
    inputs: tuple[AboutArray, ...]
    outputs: tuple[AboutArray, ...]

    @classmethod
    def of(cls, serving: Serving) -> Self:
        arrays = {"inputs": serving.inputs.arrays, "outputs": serving.outputs}
        return cls.model_validate({**serving.info.model_dump(), **arrays})
