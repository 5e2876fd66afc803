"""Clients that submit tasks, each with a key, and send a request again until it is acknowledged."""

import random
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx2

PATH = "/v1/test-probe/work"


class Senders:
    """Threads, for as long as a `with` block takes, and to the end of what they have begun."""

    def __init__(self, urls: list[str], folder: Path, seed: int, count: int = 4) -> None:
        self.urls, self.folder, self.ended = urls, folder, threading.Event()
        # By the number of the task: the IDs that were acknowledged for it. More than one is a double.
        self.acknowledged: defaultdict[int, set[str]] = defaultdict(set)
        # Numbers that were sent without a key: once, and perhaps without an answer.
        self.without_key: set[int] = set()
        self.given_up: list[int] = []
        self._threads = [threading.Thread(target=self._run, args=(seed * 100 + n,)) for n in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, seed: int) -> None:
        dice, number = random.Random(seed), seed * 100_000
        with httpx2.Client(timeout=10) as client:
            while not self.ended.is_set():
                number += 1
                self._submit(client, dice, number)
                time.sleep(dice.uniform(0.05, 0.2))

    def _submit(self, client: httpx2.Client, dice: random.Random, number: int) -> None:
        body = {"folder": str(self.folder), "number": number, "seconds": dice.choice([0, 0, 0.1, 0.5])}
        if dice.random() < 0.2:
            self.without_key.add(number)
            self._send(client, dice, number, body, {})
            return
        key = {"Idempotency-Key": str(uuid4())}
        deadline = time.monotonic() + 120
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
