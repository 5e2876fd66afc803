"""Several processes of the service on one queue."""

from pathlib import Path
from typing import Any

import httpx2

from app.settings import Settings
from .processes import Process, Server, until


class Cluster:
    """At least one process runs tasks, and at least one serves requests."""

    def __init__(self, settings: Settings, folder: Path, task_process: type[Process]) -> None:
        self.processes: list[Any] = []
        self._settings, self._folder, self._task_process = settings, folder, task_process
        if not issubclass(task_process, Server):
            self._add(Server)

    def _add(self, kind: Any) -> Any:
        process = kind(self._settings, self._folder / f"{len(self.processes)}.log")
        self.processes.append(process)
        return process

    def replace_dead(self) -> None:
        """When none is left that runs tasks; it may die before it is ready."""
        if not self.processes[-1].is_alive():
            self._add(self._task_process)

    def start(self, count: int = 1) -> list[Any]:
        """As many more processes that run tasks."""
        new = [self._add(self._task_process) for _ in range(count)]
        for process in self.processes:
            if process.is_alive():
                until(process.is_ready, 60)
        return new

    @property
    def client(self) -> httpx2.Client:
        """Of a server that is alive."""
        servers = [each for each in self.processes if isinstance(each, Server) and each.is_alive()]
        return servers[-1].client

    def close(self) -> None:
        for process in self.processes:
            process.kill()
