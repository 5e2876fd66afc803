"""Workers in processes of their own."""

from pathlib import Path

from app.settings import Settings
from .processes import Process


class WorkerProcess(Process):
    """A real worker, where tasks have some."""

    def __init__(self, settings: Settings, log: Path) -> None:
        super().__init__(settings, log, "-m", "tests.support.worker")

    def is_ready(self) -> bool:
        assert self.is_alive(), self.log.read_text()
        return "Application startup complete" in self.log.read_text()
