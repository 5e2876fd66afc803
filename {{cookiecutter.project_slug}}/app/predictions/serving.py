"""A model that is ready to serve: it has shown that it can predict."""

from dataclasses import dataclass

import numpy as np

from .batcher import Batcher
from .inputs import Inputs
from .predictor import Array, Batch, ModelError, ModelInfo, Predictor

# Two numbers of rows, to see that the first dimension of every output counts them.
TRIALS = (3, 1)


@dataclass(frozen=True)
class Serving:
    info: ModelInfo
    inputs: Inputs
    outputs: tuple[Array, ...]
    batcher: Batcher


def warm_up(predictor: Predictor) -> tuple[Inputs, tuple[Array, ...]]:
    """The first prediction is the slowest; and it shows what the model returns. ModelError when it fails."""
    try:
        inputs = Inputs(predictor.inputs)
        [row] = inputs.rows(inputs.check([inputs.example()]))
        for count in TRIALS:
            batch = {name: np.stack([value] * count) for name, value in row.items()}
            outputs = outputs_of(predictor.predict(batch), count)
    except Exception as error:
        raise ModelError(f"The model {predictor.info.name} cannot predict: {error}") from error
    return inputs, outputs


def outputs_of(batch: Batch, count: int) -> tuple[Array, ...]:
    for name, value in batch.items():
        if not isinstance(value, np.ndarray) or value.shape[:1] != (count,):
            raise TypeError(
                f"its output {name} is no array with one entry for each row; "
                "of a classifier of scikit-learn, export it with the option zipmap=False"
            )
    return tuple(Array(name, type_of(value), value.shape[1:]) for name, value in batch.items())


def type_of(value: np.ndarray) -> str:
    return "str" if value.dtype.kind in "OUS" else value.dtype.name
