"""Clients that submit tasks, each with a key, and send a request again until it is acknowledged."""

import random
import time
from collections import defaultdict
from pathlib import Path
from uuid import uuid4

import httpx2

from ..load import Clients

PATH = "/v1/test-probe/work"


class Senders(Clients):
    """To the end of what they have started."""

    def __init__(self, urls: list[str], folder: Path, seed: int, count: int = 4) -> None:
        super().__init__(count)
        self.urls, self.folder, self._seed = urls, folder, seed
        # By the number of the task: the IDs that were acknowledged for it. More than one is a double.
        self.acknowledged: defaultdict[int, set[str]] = defaultdict(set)
        # Numbers that were sent without a key: once, and perhaps without an answer.
        self.without_key: set[int] = set()
        self.given_up: list[int] = []

    def _call(self, number: int) -> None:
        seed = self._seed * 100 + number
        dice, task = random.Random(seed), seed * 100_000
        with self._open_client(number) as client:
            while not self._ended.is_set():
                task += 1
                self._submit(client, dice, task)
                time.sleep(dice.uniform(0.05, 0.2))

    def _open_client(self, number: int) -> httpx2.Client:
        return httpx2.Client(timeout=10)

    def _submit(self, client: httpx2.Client, dice: random.Random, number: int) -> None:
        body = {"folder": str(self.folder), "number": number, "seconds": dice.choice([0, 0, 0.1, 0.5])}
        if dice.random() < 0.2:
            self.without_key.add(number)
            self._send(client, dice, number, body, {})
            return
        key = {"Idempotency-Key": str(uuid4())}
        deadline = time.monotonic() + 240
        while not self._send(client, dice, number, body, key):
            if time.monotonic() > deadline:
                self.given_up.append(number)
                return
            time.sleep(0.1)
        # Once more, as a client does that has not seen the response.
        if dice.random() < 0.3:
            self._send(client, dice, number, body, key)

    def _send(
        self, client: httpx2.Client, dice: random.Random, number: int, body: object, key: dict[str, str]
    ) -> bool:
        try:
            response = client.post(dice.choice(self.urls) + PATH, json=body, headers=key)
        except httpx2.TransportError:
            return False
        if response.status_code == 202:
            self.acknowledged[number].add(response.json()["id"])
        return response.status_code == 202
