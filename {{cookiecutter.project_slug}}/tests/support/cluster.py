"""Several processes of the service on one queue, and what a client sees of them."""

from pathlib import Path
from typing import Any

from app.settings import Settings
from .processes import Process, Server, until
from .waiting import ended


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

    def start(self, count: int = 1) -> list[Any]:
        """As many more processes that run tasks."""
        new = [self._add(self._task_process) for _ in range(count)]
        for process in self.processes:
            if process.is_alive():
                until(process.is_ready, 60)
        return new

    def request(self, path: str, method: str = "GET", **body: Any) -> Any:
        """The response of a server that is alive."""
        servers = [each for each in self.processes if isinstance(each, Server) and each.is_alive()]
        return servers[-1].request(path, method, **body)

    def submit(self, name: str, **arguments: Any) -> str:
        """The location of the task."""
        response = self.request(f"/v1/test-probe/{name}", "POST", json=arguments)
        assert response.status_code == 202, response.text
        location: str = response.headers["Location"]
        return location

    def submit_many(self, name: str, arguments: list[dict[str, Any]]) -> None:
        response = self.request(f"/v1/test-probe/many?name={name}", "POST", json=arguments)
        assert response.status_code == 202, response.text

    def ended(self, location: str) -> dict[str, Any]:
        """The record, once it has ended."""
        return ended(self.request, location, 60)

    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 100}
        while query.get("cursor", "start"):
            page = self.request("/tasks", params=query).json()
            found += page["items"]
            query["cursor"] = page["next_cursor"]
        return found

    def all_ended(self) -> bool:
        states = ({"state": "queued", "limit": 1}, {"state": "running", "limit": 1})
        pages = [self.request("/tasks", params=state).json() for state in states]
        # Between the two responses a task may have gone from running back to queued; an end is final.
        return not any(page.get("items", True) for page in pages) and all(
            record["ended_at"] for record in self.records()
        )

    def close(self) -> None:
        for process in self.processes:
            process.kill()
