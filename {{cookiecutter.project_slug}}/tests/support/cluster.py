"""Several processes of the service on one queue."""

from pathlib import Path
from typing import Any

import httpx2

from app.settings import Settings
from .processes import Process, Server, until
from .waiting import records_of


def for_processes(settings: Settings) -> Settings:
    """The death of one is soon noticed, and the queue has places for all that they get."""
    quick = {"task_lease": 2, "task_grace": 2, "drain_delay": 0}
    return settings.model_copy(update={**quick, "task_concurrency": 8, "task_queue_size": 1000})


class Cluster:
    """At least one process runs tasks, and at least one serves requests."""

    def __init__(self, settings: Settings, folder: Path, task_process: type[Process]) -> None:
        self.processes: list[Any] = []
        self._settings, self._folder, self._task_process = settings, folder, task_process
        if not issubclass(task_process, Server):
            self.add(Server)

    def add(self, kind: Any) -> Any:
        process = kind(self._settings, self._folder / f"{len(self.processes)}.log")
        self.processes.append(process)
        return process

    def replace_dead(self) -> None:
        """When none is left that runs tasks; it may die before it is ready."""
        if not self.processes[-1].is_alive():
            self.add(self._task_process)

    def start(self, count: int = 1) -> list[Any]:
        """As many more processes that run tasks."""
        new = [self.add(self._task_process) for _ in range(count)]
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


def jobs(folder: Path, amount: int, seconds: float = 0) -> list[dict[str, Any]]:
    """Of different lengths, `seconds` on average: a process that runs several is never idle."""
    lengths = [seconds * (1 + number % 7) / 4 for number in range(amount)]
    return [{"folder": str(folder), "number": number, "seconds": lengths[number]} for number in range(amount)]


def submit_many(cluster: Cluster, name: str, arguments: list[dict[str, Any]]) -> None:
    response = cluster.client.post(f"/v1/test-probe/many?name={name}", json=arguments)
    assert response.status_code == 202, response.text


def all_ended(cluster: Cluster) -> list[dict[str, Any]]:
    """The records of all tasks, once they have ended."""
    until(lambda: all(record["ended_at"] for record in records_of(cluster.client)), 60)
    return [cluster.client.get(f"/tasks/{record['id']}").json() for record in records_of(cluster.client)]
