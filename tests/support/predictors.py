"""Clients who ask a model for predictions all the time."""

import time

import httpx2

from .load import Clients

# Production takes no weaker one.
TOKEN = "0f8fad5bd9cb469fa16570867728950e"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
FLOWER = {"features": [5.1, 3.5, 1.4, 0.2]}


class Predicting(Clients):
    """They ask for as long as a `with` block takes."""

    def __init__(self, url: str, clients: int = 8) -> None:
        super().__init__(clients)
        self.answers: list[httpx2.Response] = []
        self._url = url

    def _call(self, number: int) -> None:
        with httpx2.Client(base_url=self._url, timeout=30) as client:
            while not self._ended.is_set():
                self.answers.append(client.post("/predict", json={"instances": [FLOWER]}))

    def wait(self) -> None:
        """Until some client has asked and got its response since now."""
        enough, deadline = len(self.answers) + len(self._threads) + 1, time.monotonic() + 60
        while len(self.answers) < enough:
            assert time.monotonic() < deadline, "no more predictions"
            time.sleep(0.01)
