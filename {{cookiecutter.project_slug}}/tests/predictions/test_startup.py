"""A real server whose model is missing, cut short or another one."""

from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.processes import Server, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def path(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the model that may be spoilt."""
    for suffix in (".onnx", ".json"):
        (tmp_path / f"model{suffix}").write_bytes(Path(settings.model_path).with_suffix(suffix).read_bytes())
    return tmp_path / "model.onnx"


def start(settings: Settings, path: Path, required: bool) -> Server:
    changes = {"model_path": str(path), "model_required": required}
    return Server(settings.model_copy(update=changes), path.with_suffix(".log"))


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(content[:1000] if how == "truncated" else content + b"\0")


@pytest.mark.parametrize("how", ["missing", "truncated", "another"])
def test_the_process_ends_and_names_the_file_and_the_setting(
    settings: Settings, path: Path, how: str
) -> None:
    spoil(path, how)
    server = start(settings, path, required=True)
    try:
        assert server.wait(60) == 1
    finally:
        server.kill()
    [line] = [line for line in server.lines() if line["level"] in ("critical", "error")]
    assert str(path) in line["reason"]
    assert "MODEL_PATH" in line["remedy"]
    events = [line["event"] for line in server.lines()]
    assert events.index("model_unavailable") < events.index("service_stopped")


def test_it_stays_unready_if_the_setting_says_so(settings: Settings, path: Path) -> None:
    spoil(path, "missing")
    server = start(settings, path, required=False)
    try:
        until(lambda: server.get("/health/live") == 200, 60)
        until(lambda: "model_unavailable" in server.log.read_text())
        found = [server.get(path) for path in ("/health/ready", "/model", "/health/live")]
        assert found == [503, 503, 200]
    finally:
        server.kill()
