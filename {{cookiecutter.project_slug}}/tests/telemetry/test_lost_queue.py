import math

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings
from tests.telemetry.scrape import scrape, value


@pytest.mark.usefixtures("app")
def test_a_queue_that_is_unavailable_hides_nothing_else(lost_queue: Settings) -> None:
    app: FastAPI = create_app(lost_queue)
    with TestClient(app) as client:
        assert math.isnan(value(client, "tasks_oldest_queued_age_seconds"))
        names = {name for name, _ in scrape(client)}
    assert "python_info" in names
    assert "tasks_queued" not in names
