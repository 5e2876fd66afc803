"""What a model is to this service: anything that names its inputs and predicts many rows at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray
from pydantic import BaseModel, Field

from app.errors import ConflictError, InvalidError
from app.settings import Settings

# Arrays by the names of inputs or outputs. In a batch, their first dimension counts the rows.
Row = Mapping[str, NDArray[Any]]
Batch = Mapping[str, NDArray[Any]]


class ModelError(ConflictError):
    """Why a model cannot be served, in words for its operator."""


class InvalidInstanceError(InvalidError):
    """Why a model does not take an instance, in words for the client."""


class ModelInfo(BaseModel):
    """What is known of a model, beyond what it says itself."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    sha256: str | None = Field(default=None, description="The checksum of its file; null without one.")
    classes: list[str] = Field(default=[], description="In the order of their probabilities.")
    metrics: dict[str, float] = Field(default={}, description="What was measured after the training.")


@dataclass(frozen=True)
class Array:
    """One input or output, without the dimension that counts the rows."""

    name: str
    type: str
    """As numpy calls it: float32, int64, bool; str for texts."""
    shape: tuple[int | None, ...] = ()
    """None where any size will do."""


class Predictor(Protocol):
    @property
    def info(self) -> ModelInfo: ...

    @property
    def inputs(self) -> tuple[Array, ...]: ...

    def predict(self, batch: Batch) -> Batch:
        """Called in a thread, for one batch at a time.

        Every output has one entry for each row. An InvalidInstanceError says that the model cannot take these
        values; anything else is a fault of the service, whose cause no client sees.
        """
        ...


# Called in a thread; ModelError when there is no model to be had.
Load = Callable[[Settings], Predictor]
