"""A model that is ready to serve: it has shown that it can predict."""

from dataclasses import dataclass

import numpy as np

from .batcher import Batcher
from .inputs import Inputs
from .predictor import Array, Batch, ModelError, ModelInfo, Predictor

# Enough to see that the first dimension counts the rows.
ROWS = 2


@dataclass(frozen=True)
class Serving:
    info: ModelInfo
    inputs: Inputs
    outputs: tuple[Array, ...]
    batcher: Batcher


def warm_up(predictor: Predictor) -> tuple[Inputs, tuple[Array, ...]]:
    """The first prediction is the slowest; and it tells what the model gives. ModelError when it fails."""
    inputs = Inputs(predictor.inputs)
    [row] = inputs.read([inputs.example()])
    batch = {name: np.stack([value] * ROWS) for name, value in row.items()}
    try:
        return inputs, outputs_of(predictor.predict(batch))
    except Exception as error:
        raise ModelError(f"The model {predictor.info.name} cannot predict: {error}") from error


def outputs_of(batch: Batch) -> tuple[Array, ...]:
    for name, value in batch.items():
        if not isinstance(value, np.ndarray) or value.shape[:1] != (ROWS,):
            raise ValueError(f"its output {name} is no array with one entry for each row")
    return tuple(Array(name, type_of(value), value.shape[1:]) for name, value in batch.items())


def type_of(value: np.ndarray) -> str:
    return "str" if value.dtype.kind in "OUS" else value.dtype.name
