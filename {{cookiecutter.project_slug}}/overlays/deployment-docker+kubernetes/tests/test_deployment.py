"""The Compose files: they give each process the time that its settings say."""

import re
from typing import Any

import pytest
import yaml

from app.settings import ROOT, Settings

FILES = ("compose.yaml", "compose.production.yaml")
# For what is closed at the end.
MARGIN = 5


def services(file: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["services"]


def seconds(service: dict[str, Any], setting: str) -> float:
    return float(service["environment"].get(setting.upper(), Settings.model_fields[setting].default))


def limit_of_requests(file: str) -> float:
    """What those in progress get at the end."""
    text = (ROOT / file).read_text(encoding="utf-8")
    [limit] = re.findall(r"timeout.graceful.shutdown\W+(\d+)", text)
    return float(limit)


def needed(found: dict[str, Any]) -> dict[str, float]:
    """What each process gets after DRAIN_DELAY."""
    seconds_after = {"service": limit_of_requests("Dockerfile")}
    # % if cookiecutter.tasks == "in-process"
    seconds_after["service"] += seconds(found["service"], "task_grace")
    # % endif
    # % if cookiecutter.tasks == "redis" or cookiecutter.tasks == "postgresql"
    seconds_after["worker"] = limit_of_requests("app/worker.py") + seconds(found["worker"], "task_grace")
    # % endif
    return seconds_after


@pytest.mark.parametrize("file", FILES)
def test_what_stops_a_process_waits_for_as_long_as_it_may_take(file: str) -> None:
    found = services(file)
    for name, after_delay in needed(found).items():
        total = seconds(found[name], "drain_delay") + after_delay + MARGIN
        assert found[name]["stop_grace_period"] == f"{total:.0f}s", name
