"""The model that serves now: how it is loaded, checked and warmed, and how another one takes its place."""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import NoReturn

import structlog

from app.errors import ConflictError, UnavailableError
from app.settings import Settings
from .batcher import Batcher
from .predictor import Load, ModelError
from .serving import Serving, warm_up

logger = structlog.get_logger()


class Model:
    def __init__(self, settings: Settings, load: Load, batcher: type[Batcher]) -> None:
        self._settings = settings
        self._load = load
        self._batcher = batcher
        self.serving: Serving | None = None
        self._loading = asyncio.Lock()
        # One thread: a second batch next to the first would only take its processors away.
        self._thread = ThreadPoolExecutor(1, "model")
        self._first = asyncio.create_task(self._load_first())

    def current(self) -> Serving:
        if self.serving is None:
            raise UnavailableError("There is no model yet. Try again later.")
        return self.serving

    async def check(self) -> None:
        self.current()

    async def loaded(self) -> Serving:
        """The model, after the first attempt to load it."""
        await self._first
        return self.current()

    async def reload(self) -> Serving:
        """Load and warm a model next to the one that serves; it takes its place only when all is well.

        What the old one has accepted it still computes.
        """
        if self._loading.locked():
            raise ConflictError("A model is being loaded already.")
        async with self._loading:
            predictor = await asyncio.to_thread(self._load, self._settings)
            inputs, outputs = await asyncio.to_thread(warm_up, predictor)
            batcher = self._batcher(predictor, self._thread, self._settings)
            self.serving = Serving(predictor.info, inputs, outputs, batcher)
        info = predictor.info
        logger.info("model_loaded", model=info.name, version=info.version, sha256=info.sha256)
        return self.serving

    async def close(self) -> None:
        gc.unfreeze()
        self._first.cancel()
        await asyncio.gather(self._first, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)
        self.serving = None

    async def _load_first(self) -> None:
        try:
            await self.reload()
            # What is loaded by now stays: to search it for garbage would stop all requests for 70 ms.
            gc.freeze()
        except Exception as error:
            remedy = "Set MODEL_PATH to a model, or MODEL_REQUIRED=false to start without one."
            unforeseen = not isinstance(error, ModelError)
            logger.critical("model_unavailable", reason=str(error), remedy=remedy, exc_info=unforeseen)
        if self.serving is None and self._settings.model_required:
            end_process()


def end_process() -> NoReturn:
    """Ends the event loop, which closes every part of the service, and then the process."""
    # The server would add where it was interrupted, and hide the reason under it.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    sys.exit(1)


@asynccontextmanager
async def open_model(
    settings: Settings, load: Load, batcher: type[Batcher] = Batcher
) -> AsyncGenerator[Model]:
    """Loads it in the background: the service is alive at once, and ready when the model is warm."""
    model = Model(settings, load, batcher)
    try:
        yield model
    finally:
        await model.close()
