import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from app.errors import UnavailableError
from app.predictions import Batch, InvalidInstanceError
from app.predictions.batcher import Batcher, ClientGoneError, PredictionFailedError
from app.settings import Settings
from tests.support.predictors import FakePredictor


@pytest.fixture
def fake() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
async def batcher(fake: FakePredictor, settings: Settings) -> AsyncIterator[Batcher]:
    with ThreadPoolExecutor(1) as thread:
        small = settings.model_copy(update={"model_batch_size": 4, "model_queue_size": 6})
        yield Batcher(fake, thread, small)
        fake.may_go_on.set()


def rows(*numbers: float) -> list[dict[str, Any]]:
    return [{"x": np.asarray(number)} for number in numbers]


async def start(batcher: Batcher, *numbers: float) -> asyncio.Task[Any]:
    """A request that waits in the queue, or computes when it is the first."""
    task = asyncio.create_task(batcher.predict(rows(*numbers)))
    await asyncio.sleep(0.01)
    return task


async def doubles(tasks: Sequence[asyncio.Task[Any]]) -> list[float]:
    return [prediction["y"] for found in await asyncio.gather(*tasks) for prediction in found]


async def test_a_request_alone_does_not_wait(batcher: Batcher, fake: FakePredictor) -> None:
    assert await batcher.predict(rows(1)) == [{"y": 2}]
    assert await batcher.predict(rows(2)) == [{"y": 4}]
    assert fake.batches == [[1], [2]]


async def test_what_comes_while_a_batch_computes_forms_the_next_one(
    batcher: Batcher, fake: FakePredictor
) -> None:
    fake.may_go_on.clear()
    tasks = [await start(batcher, 1), await start(batcher, 2), await start(batcher, 3, 4)]
    fake.may_go_on.set()
    assert await doubles(tasks) == [2, 4, 6, 8]
    assert fake.batches == [[1], [2, 3, 4]]


async def test_a_batch_is_of_no_request(batcher: Batcher) -> None:
    """What is logged of it has not the ID of the one that began it."""
    seen: list[dict[str, Any]] = []

    def gone() -> bool:
        seen.append(get_contextvars())
        return False

    with bound_contextvars(request_id="the-first"):
        await batcher.predict(rows(1), gone)
    assert seen
    assert not any(seen)


async def test_a_batch_has_a_largest_size(batcher: Batcher, fake: FakePredictor) -> None:
    assert await doubles([await start(batcher, *range(6))]) == [0, 2, 4, 6, 8, 10]
    assert fake.batches == [[0, 1, 2, 3], [4, 5]]


async def test_a_full_queue_refuses_all_of_a_request(batcher: Batcher, fake: FakePredictor) -> None:
    fake.may_go_on.clear()
    tasks = [await start(batcher, 1), await start(batcher, 2, 3, 4, 5)]
    with pytest.raises(UnavailableError):
        await batcher.predict(rows(6, 7, 8))
    fake.may_go_on.set()
    assert await doubles(tasks) == [2, 4, 6, 8, 10]
    assert fake.batches == [[1], [2, 3, 4, 5]]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InvalidInstanceError("Too large."), InvalidInstanceError),
        (ValueError("broken"), PredictionFailedError),
        (StopIteration(), PredictionFailedError),
        (asyncio.CancelledError(), PredictionFailedError),
        (SystemExit(), PredictionFailedError),
    ],
    ids=repr,
)
async def test_a_row_fails_alone(
    batcher: Batcher, fake: FakePredictor, error: BaseException, expected: type[Exception]
) -> None:
    fake.errors[3] = error
    fake.may_go_on.clear()
    good, bad, last = [await start(batcher, number) for number in (1, 3, 4)]
    fake.may_go_on.set()
    assert await doubles([good, last]) == [2, 8]
    with pytest.raises(expected):
        await bad
    assert fake.batches == [[1], [3, 4], [3], [4]]


@pytest.mark.parametrize("outputs", [{}, {"y": np.zeros(0)}, {"y": np.zeros(4), "z": np.zeros(3)}], ids=repr)
async def test_a_wrong_number_of_predictions_is_an_error_for_every_client(
    batcher: Batcher, fake: FakePredictor, outputs: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(fake, "predict", lambda _: outputs)
        for predict in (batcher.predict, batcher.predict_past_queue):
            for numbers in ([1], [1, 2, 3]):
                with pytest.raises(PredictionFailedError):
                    await predict(rows(*numbers))
    assert await batcher.predict(rows(2)) == [{"y": 4}]


async def test_a_client_that_goes_away_costs_no_compute(batcher: Batcher, fake: FakePredictor) -> None:
    fake.may_go_on.clear()
    first, cancelled = await start(batcher, 1), await start(batcher, 2)
    gone = asyncio.create_task(batcher.predict(rows(3), lambda: True))
    last = await start(batcher, 4)
    cancelled.cancel()
    fake.may_go_on.set()
    assert await doubles([first, last]) == [2, 8]
    with pytest.raises(ClientGoneError):
        await gone
    assert fake.batches == [[1], [4]]


async def test_a_client_that_goes_away_during_the_computation_harms_no_other(
    batcher: Batcher, fake: FakePredictor
) -> None:
    fake.may_go_on.clear()
    first = await start(batcher, 1)
    first.cancel()
    await asyncio.sleep(0.01)
    fake.may_go_on.set()
    assert await batcher.predict(rows(2)) == [{"y": 4}]


async def test_work_that_may_take_its_time_leaves_the_queue_to_others(
    batcher: Batcher, fake: FakePredictor
) -> None:
    found = asyncio.create_task(batcher.predict_past_queue(rows(*range(10))))
    await asyncio.sleep(0)
    assert await batcher.predict(rows(10)) == [{"y": 20}]
    assert [each["y"] for each in await found] == [2 * number for number in range(10)]
    assert fake.batches[0] == [0, 1, 2, 3]
    assert fake.batches[-1] != [10]


async def test_such_work_fails_as_a_whole(batcher: Batcher, fake: FakePredictor) -> None:
    fake.errors[3] = OSError("broken")
    with pytest.raises(PredictionFailedError):
        await batcher.predict_past_queue(rows(1, 2, 3))
