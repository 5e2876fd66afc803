"""Clients who write, list and read all the time, and note what was acknowledged."""

import threading
import time
from typing import Self

from .live import Service
from .seen import Answer, read

USERS = "/v1/users"


class Clients:
    """Threads that send requests for as long as a `with` block takes."""

    def __init__(self, count: int) -> None:
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _call(self, number: int) -> None:
        raise NotImplementedError


class Load(Clients):
    """It lasts as long as a `with` block."""

    def __init__(self, service: Service, clients: int = 6) -> None:
        super().__init__(clients)
        self.answers: list[Answer] = []
        self.acknowledged: set[str] = set()
        self._service = service

    def _call(self, number: int) -> None:
        while not self._ended.wait(0.01):
            name = f"{number} {time.time_ns()}"
            answer = self._service.send("POST", USERS, name=name)
            path = USERS
            if answer.status == 201:
                self.acknowledged.add(name)
                path = f"{USERS}/{answer.body['id']}"
            self.answers += [answer, self._service.send("GET", USERS), self._service.send("GET", path)]

    def wait_for_more(self, number: int = 12, seconds: float = 60) -> None:
        """Until so many more writes are acknowledged: how long it takes depends on the machine."""
        enough, deadline = len(self.acknowledged) + number, time.monotonic() + seconds
        while len(self.acknowledged) < enough:
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {enough} writes"
            time.sleep(0.01)

    def assert_kept(self) -> None:
        assert self.acknowledged
        assert self.acknowledged <= set(read(self._service.address, "SELECT name FROM users"))
