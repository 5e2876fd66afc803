from pathlib import Path

from fastapi.testclient import TestClient

from app.settings import Settings
from tests.conftest import Wait
from tests.processes import until


def value(client: TestClient, metric: str) -> float:
    """What stands there for the task that is tested; 0 when there is nothing."""
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    name = metric + '{task="probe.hold"} '
    lines = [line for line in answer.text.splitlines() if line.startswith(name)]
    return float(lines[0].removeprefix(name)) if lines else 0


def test_metrics_say_what_waits_what_runs_and_how_long_it_took(
    client: TestClient, settings: Settings, wait: Wait, tmp_path: Path
) -> None:
    ended = value(client, "task_duration_seconds_count")
    spent = value(client, "task_duration_seconds_sum")
    body = [{"folder": str(tmp_path)}] * (settings.task_concurrency + 2)
    records = client.post("/probes/many?name=hold", json=body).json()
    until(lambda: value(client, "tasks_running") == settings.task_concurrency)
    until(lambda: value(client, "tasks_queued") == 2)
    (tmp_path / "go").touch()
    for record in records:
        wait(f"/tasks/{record['id']}")
    assert value(client, "tasks_running") == value(client, "tasks_queued") == 0
    assert value(client, "task_duration_seconds_count") == ended + len(records)
    assert value(client, "task_duration_seconds_sum") > spent
