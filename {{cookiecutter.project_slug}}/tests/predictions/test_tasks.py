"""Batches, predicted by processes of their own where tasks have workers."""

from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.cluster import Cluster
from tests.support.processes import Process
from tests.support.waiting import ended

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_the_process_that_runs_tasks_has_the_model(
    settings: Settings, tmp_path: Path, task_process: type[Process]
) -> None:
    body = {"instances": [{"features": [5.1, 3.5, 1.4, 0.2]}] * 200}
    cluster = Cluster(settings, tmp_path, task_process)
    try:
        cluster.start()
        accepted = cluster.client.post("/predict/batch", json=body)
        assert accepted.status_code == 202
        record = ended(cluster.client, accepted.headers["Location"])
    finally:
        cluster.close()
    assert record["state"] == "succeeded"
    assert [each["label"] for each in record["result"]["predictions"]] == ["setosa"] * 200
