from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from fastapi.testclient import TestClient

from tests.telemetry.scrape import bounds, value

FLOWER = {"features": [5.1, 3.5, 1.4, 0.2]}


def test_every_row_and_every_batch_is_measured(client: TestClient) -> None:
    names = ("batch_size_sum", "batch_size_count", "queue_wait_seconds_count", "inference_seconds_count")
    before = [value(client, f"prediction_{name}") for name in names]
    with ThreadPoolExecutor(4) as threads:
        send = [threads.submit(client.post, "/predict", json={"instances": [FLOWER] * 5}) for _ in range(8)]
    assert {each.result().status_code for each in send} == {200}
    rows, batches, waits, inferences = (
        value(client, f"prediction_{name}") - then for name, then in zip(names, before, strict=True)
    )
    assert rows == waits == 40
    assert 1 <= batches == inferences <= 40


def test_what_is_quicker_than_a_millisecond_is_told_apart(client: TestClient) -> None:
    for name in ("prediction_queue_wait_seconds", "prediction_inference_seconds"):
        found = bounds(client, name)
        assert len([bound for bound in found if bound < 0.001]) >= 3
        # Prometheus reckons with the bounds: twice or two and a half times the last one each.
        assert all(more <= less * 2.6 for less, more in pairwise(found[:-1]))
