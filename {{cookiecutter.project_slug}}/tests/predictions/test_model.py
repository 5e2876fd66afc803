import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import structlog

from app.errors import ConflictError, UnavailableError
from app.predictions import Model, ModelError, Predictor, open_model
from app.settings import Settings
from tests.support.predictors import FakePredictor


class Loader:
    """Loads what lies in it: a model, or an error."""

    def __init__(self) -> None:
        self.next: FakePredictor | Exception = FakePredictor()

    def __call__(self, _: Settings) -> Predictor:
        if isinstance(self.next, Exception):
            raise self.next
        return self.next


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
async def model(settings: Settings, loader: Loader) -> AsyncIterator[Model]:
    async with open_model(settings, loader) as model:
        yield model


async def test_the_model_is_loaded_in_the_background_and_ready_when_warm(
    model: Model, loader: Loader
) -> None:
    assert isinstance(loader.next, FakePredictor)
    loader.next.may_go_on.clear()
    with pytest.raises(UnavailableError):
        await model.check()
    loader.next.may_go_on.set()
    await model.loaded()
    await model.check()
    assert loader.next.batches == [[0, 0, 0], [0]]


@pytest.mark.parametrize("error", [ModelError("It is broken."), RuntimeError("unforeseen")])
async def test_a_service_may_start_without_a_model_and_get_one_later(
    settings: Settings, loader: Loader, error: Exception
) -> None:
    loader.next = error
    async with open_model(settings.model_copy(update={"model_required": False}), loader) as model:
        with structlog.testing.capture_logs() as lines, pytest.raises(UnavailableError):
            await model.loaded()
        [line] = lines
        assert (line["log_level"], line["reason"]) == ("critical", str(error))
        assert "MODEL_PATH" in line["remedy"]
        loader.next = FakePredictor()
        await model.reload()
        await model.check()


async def test_a_model_that_cannot_predict_is_not_served(model: Model, loader: Loader) -> None:
    await model.loaded()
    broken = FakePredictor()
    broken.errors[0] = RuntimeError("out of memory")
    loader.next = broken
    with pytest.raises(ModelError, match="out of memory"):
        await model.reload()
    assert model.current().info.version == "1"


@pytest.mark.parametrize("output", [[1.0], np.zeros(2), np.zeros(()), np.zeros(1)], ids=repr)
async def test_a_model_whose_outputs_do_not_count_the_rows_is_not_served(
    model: Model, loader: Loader, output: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await model.loaded()
    monkeypatch.setattr(loader.next, "predict", lambda _: {"y": output})
    with pytest.raises(ModelError, match="one entry for each row"):
        await model.reload()


async def test_another_model_takes_over_while_the_old_one_computes(model: Model, loader: Loader) -> None:
    old = await model.loaded()
    assert isinstance(loader.next, FakePredictor)
    loader.next.may_go_on.clear()
    rows = old.inputs.rows([{"x": 1.0}])
    accepted = [asyncio.create_task(old.batcher.predict(rows)) for _ in range(3)]
    await asyncio.sleep(0.01)
    first, loader.next = loader.next, FakePredictor("2")
    assert (await model.reload()).info.version == "2"
    first.may_go_on.set()
    assert [prediction for [prediction] in await asyncio.gather(*accepted)] == [{"y": 2}] * 3
    assert await model.current().batcher.predict(rows) == [{"y": 2}]


async def test_two_reloads_at_once_are_a_conflict(model: Model, loader: Loader) -> None:
    await model.loaded()
    loader.next = FakePredictor("2")
    loader.next.may_go_on.clear()
    reload = asyncio.create_task(model.reload())
    await asyncio.sleep(0.01)
    with pytest.raises(ConflictError):
        await model.reload()
    loader.next.may_go_on.set()
    assert (await reload).info.version == "2"


async def test_a_released_model_serves_no_more(settings: Settings, loader: Loader) -> None:
    async with open_model(settings, loader) as model:
        await model.loaded()
    with pytest.raises(UnavailableError):
        model.current()
