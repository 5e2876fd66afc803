"""Clients whom a rolling restart must not disturb: each failure is noted, and none is expected."""

import random
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx2

from ..load import USERS
from .senders import PATH, Senders

SLOW = "/v1/test-probe/slow"


class Visitors(Senders):
    """They submit tasks, write, list and wait; some keep their connection, and some never do."""

    def __init__(self, url: str, folder: Path, seed: int, count: int = 6) -> None:
        super().__init__([url], folder, seed, count)
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self.users: set[str] = set()
        self._url, self._lock = url, Lock()

    def _open_client(self, number: int) -> httpx2.Client:
        limits = httpx2.Limits(max_keepalive_connections=None if number % 3 else 0)
        return httpx2.Client(timeout=60, limits=limits)

    def _submit(self, client: httpx2.Client, dice: random.Random, number: int) -> None:
        super()._submit(client, dice, number)
        name, key = f"user {number}", {"Idempotency-Key": str(uuid4())}
        if self._request(client, "POST", USERS, 201, json={"name": name}, headers=key):
            self.users.add(name)
        self._request(client, "GET", USERS, 200)
        if dice.random() < 0.3:
            self._request(client, "GET", SLOW, 200, params={"seconds": dice.choice([0.1, 0.5, 1.5])})

    def _send(
        self, client: httpx2.Client, dice: random.Random, number: int, body: object, key: dict[str, str]
    ) -> bool:
        response = self._request(client, "POST", PATH, 202, json=body, headers=key)
        if response is None:
            return False
        self.acknowledged[number].add(response.json()["id"])
        return self._request(client, "GET", response.headers["Location"], 200) is not None

    def _request(
        self, client: httpx2.Client, method: str, path: str, expected: int, **options: Any
    ) -> httpx2.Response | None:
        try:
            response = client.request(method, self._url + path, **options)
        except httpx2.TransportError as error:
            return self._note(0, f"{method} {path}: {error!r}")
        if response.status_code != expected:
            return self._note(response.status_code, f"{method} {path}: {response.text}")
        self._note(expected)
        return response

    def _note(self, status: int, failure: str = "") -> None:
        with self._lock:
            self.statuses[status] += 1
        if failure:
            self.failures.append(failure)
