from pathlib import Path

from fastapi.testclient import TestClient

from app.settings import Settings
from tests.support.processes import until
from tests.support.waiting import Wait


def value(client: TestClient, metric: str) -> float:
    """The value for the task of this test; 0 when there is none."""
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    name = metric + '{task="probe.hold"} '
    lines = [line for line in response.text.splitlines() if line.startswith(name)]
    return float(lines[0].removeprefix(name)) if lines else 0


def test_metrics_show_queued_and_running_tasks_and_durations(
    client: TestClient, settings: Settings, wait: Wait, tmp_path: Path
) -> None:
    ended = value(client, "task_duration_seconds_count")
    spent = value(client, "task_duration_seconds_sum")
    body = [{"folder": str(tmp_path)}] * (settings.task_concurrency + 2)
    records = client.post("/v1/test-probe/many?name=hold", json=body).json()
    until(lambda: value(client, "tasks_running") == settings.task_concurrency)
    until(lambda: value(client, "tasks_queued") == 2)
    (tmp_path / "go").touch()
    for record in records:
        wait(f"/tasks/{record['id']}")
    assert value(client, "tasks_running") == value(client, "tasks_queued") == 0
    assert value(client, "task_duration_seconds_count") == ended + len(records)
    assert value(client, "task_duration_seconds_sum") > spent
