"""Clients who ask a model for predictions all the time."""

import threading
import time

import httpx2

OPERATOR = {"Authorization": "Bearer an operator"}
FLOWER = {"features": [5.1, 3.5, 1.4, 0.2]}


class Predicting:
    """They ask for as long as a `with` block takes."""

    def __init__(self, url: str, clients: int = 8) -> None:
        self.answers: list[httpx2.Response] = []
        self._url = url
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self) -> "Predicting":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with httpx2.Client(base_url=self._url, timeout=30) as client:
            while not self._ended.is_set():
                self.answers.append(client.post("/predict", json={"instances": [FLOWER]}))

    def wait(self) -> None:
        """Until some client has asked and got its response since now."""
        enough, deadline = len(self.answers) + len(self._threads) + 1, time.monotonic() + 60
        while len(self.answers) < enough:
            assert time.monotonic() < deadline, "no more predictions"
            time.sleep(0.01)
