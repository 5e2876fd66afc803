import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.logs import configure_logs
from app.settings import Settings


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    """pytest's own handlers come back by themselves; nothing of ours may stay."""
    yield
    logging.getLogger().handlers.clear()
    structlog.reset_defaults()


def written(settings: Settings, capfd: pytest.CaptureFixture[str]) -> str:
    configure_logs(settings)
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger().info("한국어", count=1)
        logging.getLogger("library").warning("standard %s", "logging")
        structlog.get_logger().debug("too quiet")
        try:
            raise RuntimeError("boom")
        except RuntimeError:
            structlog.get_logger().exception("failed")
            logging.getLogger("library").exception("failed too")
    return capfd.readouterr().out


def test_production_logs_one_json_object_a_line(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    ours, library, *failed = (json.loads(line) for line in written(settings, capfd).splitlines())
    assert (ours["event"], ours["level"], ours["count"]) == ("한국어", "info", 1)
    assert (library["event"], library["level"], library["logger"]) == (
        "standard logging",
        "warning",
        "library",
    )
    assert [line["event"] for line in failed] == ["failed", "failed too"]
    assert all("RuntimeError: boom" in line["exception"] for line in failed)
    assert {line["request_id"] for line in (ours, library, *failed)} == {"abc"}
    assert all(line["timestamp"] for line in (ours, library, *failed))


def test_development_logs_for_human_eyes(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    text = written(settings.model_copy(update={"environment": "development"}), capfd)
    assert "한국어" in text
    assert "abc" in text
    assert "RuntimeError" in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.splitlines()[0])


def test_the_access_log_of_uvicorn_is_off_and_its_other_lines_are_ours(settings: Settings) -> None:
    configure_logs(settings)
    assert not logging.getLogger("uvicorn.access").hasHandlers()
    assert logging.getLogger("uvicorn.error").hasHandlers()
