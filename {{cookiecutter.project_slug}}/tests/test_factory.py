from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from app import factory
from app.factory import create_app, open_state
from app.settings import Settings


async def test_parts_are_open_while_the_service_runs_and_closed_after(settings: Settings) -> None:
    with structlog.testing.capture_logs() as lines:
        async with open_state(settings) as state:
            assert state["settings"] is settings
    events = [line["event"] for line in lines if line["event"].startswith("service_")]
    assert events == ["service_started", "service_stopped"]


async def test_what_was_opened_is_closed_when_the_next_part_fails(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[str] = []
    open_database = factory.open_database

    @asynccontextmanager
    async def watched(settings: Settings, **options: Any) -> AsyncGenerator[object]:
        async with open_database(settings, **options) as database:
            try:
                yield database
            finally:
                parts.append("closed")

    def fails(*_: object) -> Any:
        raise OSError("no connection")

    monkeypatch.setattr(factory, "open_database", watched)
    monkeypatch.setattr(factory, "open_readiness", fails)
    with structlog.testing.capture_logs() as lines, pytest.raises(OSError, match="no connection"):
        async with open_state(settings):
            pass
    assert parts == ["closed"]
    assert lines[-1]["event"] == "service_stopped"


def test_nothing_is_opened_before_the_lifespan(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Mapping[str, Any]:
        raise AssertionError

    monkeypatch.setattr(factory, "open_state", fails)
    assert create_app(settings).title == settings.title
