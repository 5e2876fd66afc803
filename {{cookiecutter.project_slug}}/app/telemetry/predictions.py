"""What is measured of predictions."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import Histogram

from app.predictions.batcher import Batcher, Prediction
from app.predictions.predictor import Row

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
BATCH_SIZE = Histogram(
    "prediction_batch_size",
    "Rows that the model computed at once.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
QUEUE_WAIT = Histogram(
    "prediction_queue_wait_seconds", "From the arrival of a row to the start of its batch.", buckets=SECONDS
)
INFERENCE_TIME = Histogram(
    "prediction_inference_seconds", "What one batch took, with the wait for its thread.", buckets=SECONDS
)


class MeasuredBatcher(Batcher):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._arrivals: dict[int, float] = {}

    async def predict(
        self, rows: Sequence[Row], gone: Callable[[], bool] = lambda: False
    ) -> list[Prediction]:
        arrivals = dict.fromkeys(map(id, rows), time.perf_counter())
        self._arrivals.update(arrivals)
        try:
            return await super().predict(rows, gone)
        finally:
            for row in arrivals:
                del self._arrivals[row]

    async def compute(self, rows: Sequence[Row]) -> list[Prediction | Exception]:
        started = time.perf_counter()
        for row in rows:
            # Those of a task have not waited.
            if id(row) in self._arrivals:
                QUEUE_WAIT.observe(started - self._arrivals[id(row)])
        found = await super().compute(rows)
        BATCH_SIZE.observe(len(rows))
        INFERENCE_TIME.observe(time.perf_counter() - started)
        return found
