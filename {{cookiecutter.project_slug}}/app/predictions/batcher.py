"""Micro-batches: what arrives while a batch is computed forms the next one; otherwise no row waits."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, NamedTuple

import numpy as np

from app.errors import ServiceError, UnavailableError
from app.settings import Settings
from .predictor import InvalidInstanceError, Predictor, Row

Prediction = dict[str, Any]


class ClientGoneError(ServiceError):
    """No client reads this response. The status is the one that proxies log."""

    status = 499


class Waiting(NamedTuple):
    row: Row
    future: asyncio.Future[Prediction]
    gone: Callable[[], bool]


class Batcher:
    def __init__(self, predictor: Predictor, thread: Executor, settings: Settings) -> None:
        self._predictor = predictor
        self._thread = thread
        self._batch_size = settings.model_batch_size
        self._queue_size = settings.model_queue_size
        self._waiting: deque[Waiting] = deque()
        self._work: asyncio.Task[None] | None = None

    async def predict(
        self, rows: Sequence[Row], gone: Callable[[], bool] = lambda: False
    ) -> list[Prediction]:
        """UnavailableError when the queue is full. A row whose client has `gone` is not computed."""
        if len(self._waiting) + len(rows) > self._queue_size:
            raise UnavailableError("Too many predictions are waiting. Try again later.")
        loop = asyncio.get_running_loop()
        waiting = [Waiting(row, loop.create_future(), gone) for row in rows]
        self._waiting.extend(waiting)
        if self._work is None:
            # In a context of its own: it outlives the request that has started it.
            self._work = loop.create_task(self._compute_all(), context=Context())
        if len(waiting) == 1:
            return [await waiting[0].future]
        return await asyncio.gather(*(each.future for each in waiting))

    async def predict_past_queue(self, rows: Sequence[Row]) -> list[Prediction]:
        """For work that may take its time: batch by batch, between those of the queue."""
        predictions: list[Prediction] = []
        for start in range(0, len(rows), self._batch_size):
            for found in await self.compute(rows[start : start + self._batch_size]):
                if isinstance(found, Exception):
                    raise found
                predictions.append(found)
        return predictions

    async def compute(self, rows: Sequence[Row]) -> list[Prediction | Exception]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, run, self._predictor, rows)

    async def _compute_all(self) -> None:
        batch: list[Waiting] = []
        try:
            while self._waiting:
                batch = self._next_batch()
                for each, found in zip(batch, await self.compute([each.row for each in batch]), strict=True):
                    settle(each.future, found)
        finally:
            self._work = None
            # None is left when all went well.
            for each in (*batch, *self._waiting):
                settle(each.future, UnavailableError("The model is being closed."))

    def _next_batch(self) -> list[Waiting]:
        batch: list[Waiting] = []
        while self._waiting and len(batch) < self._batch_size:
            each = self._waiting.popleft()
            if each.gone():
                settle(each.future, ClientGoneError("The client has gone."))
            if not each.future.done():
                batch.append(each)
        return batch


def settle(future: asyncio.Future[Prediction], found: Prediction | Exception) -> None:
    if future.done():
        return  # cancelled in the meantime
    if isinstance(found, Exception):
        future.set_exception(found)
    else:
        future.set_result(found)


class PredictionFailedError(Exception):
    """The model broke; its cause says how."""


def run(predictor: Predictor, rows: Sequence[Row]) -> list[Prediction | Exception]:
    """One result for each row: all at once; if that fails, one by one, so that a bad row fails alone."""
    try:
        return [*predict(predictor, rows)]
    except InvalidInstanceError as error:
        failure: Exception = error
    except BaseException as error:  # Whatever a model raises, it must not stop the thread or the loop.
        failure = PredictionFailedError("The model failed.")
        failure.__cause__ = error
    return [failure] if len(rows) == 1 else [found for row in rows for found in run(predictor, [row])]


def predict(predictor: Predictor, rows: Sequence[Row]) -> list[Prediction]:
    batch = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    outputs = predictor.predict(batch)
    columns = [output.tolist() for output in outputs.values()]
    if not columns or any(len(column) != len(rows) for column in columns):
        raise TypeError(f"Not every output has one entry for each of the {len(rows)} rows.")
    return [dict(zip(outputs, values, strict=True)) for values in zip(*columns, strict=True)]
