"""Batches, predicted by processes of their own where tasks have workers."""

from pathlib import Path

from app.settings import Settings
from tests.processes import Service
from tests.queues import Worker


def test_who_runs_tasks_has_the_model(settings: Settings, tmp_path: Path) -> None:
    body = {"instances": [{"features": [5.1, 3.5, 1.4, 0.2]}] * 200}
    service = Service(settings, tmp_path, Worker)
    try:
        service.start()
        accepted = service.ask("/predict/batch", "POST", json=body)
        assert accepted.status_code == 202
        record = service.ended(accepted.headers["Location"], 30)
    finally:
        service.close()
    assert record["state"] == "succeeded"
    assert [each["label"] for each in record["result"]["predictions"]] == ["setosa"] * 200
