"""A real server whose model is missing, cut short or another one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.settings import Settings
from tests.test_main import ROOT, free_port, until


@pytest.fixture
def path(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the model that may be spoilt."""
    for suffix in (".onnx", ".json"):
        (tmp_path / f"model{suffix}").write_bytes(Path(settings.model_path).with_suffix(suffix).read_bytes())
    return tmp_path / "model.onnx"


class Server:
    def __init__(self, settings: Settings, path: Path, required: bool) -> None:
        self.log = path.with_suffix(".log")
        self.url = f"http://127.0.0.1:{free_port()}"
        environment = {name.upper(): str(value) for name, value in settings if value and name != "title"}
        environment |= {**os.environ, "MODEL_PATH": str(path), "MODEL_REQUIRED": str(required)}
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", self.url.rpartition(":")[2]]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def status(self, path: str) -> int:
        """The status of the answer; 0 when there is none."""
        try:
            return httpx2.get(self.url + path, timeout=10).status_code
        except httpx2.TransportError:
            return 0


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
    server = Server(settings, path, required=True)
    assert server.process.wait(timeout=60) == 1
    [line] = [line for line in server.lines() if line["level"] in ("critical", "error")]
    assert str(path) in line["reason"]
    assert "MODEL_PATH" in line["remedy"]
    events = [line["event"] for line in server.lines()]
    assert events.index("no model to serve") < events.index("stopped")


def test_it_stays_unready_if_the_setting_says_so(settings: Settings, path: Path) -> None:
    spoil(path, "missing")
    server = Server(settings, path, required=False)
    try:
        until(lambda: server.status("/health/live") == 200)
        until(lambda: "no model to serve" in server.log.read_text())
        assert [server.status(path) for path in ("/health/ready", "/model", "/health/live")] == [
            503,
            503,
            200,
        ]
    finally:
        server.process.kill()
        server.process.wait()
