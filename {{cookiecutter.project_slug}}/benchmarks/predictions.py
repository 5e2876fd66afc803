"""What batches bring: this service beside the same model in a plain handler, under many clients at once."""

import selectors
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

from bare_tasks import open_queue
from client import Client, Request, is_whole
from run import copy_service
from servers import serve
from storage import open_storage

CLIENTS = 32
BODY = {"instances": [{"features": [5.9, 3.0, 5.1, 1.8]}]}
# The application, the path, and the requests of a round: scikit-learn takes ten times as long.
SIDES = {
    "scikit-learn": ("benchmarks.naive:app", "/sklearn", 320),
    "ONNX": ("benchmarks.naive:app", "/onnx", 3200),
    "service": ("app.main:app", "/predict", 3200),
}


class Round(NamedTuple):
    rate: float
    """Predictions in a second."""
    p99: float
    """Seconds that all but one in a hundred took at most."""


class Crowd:
    """Clients that ask anew as soon as they have their answer."""

    def __init__(self, client: Client, path: str) -> None:
        self._message = Request("POST", path, 200, BODY).encode()
        self._answers = {client.connect(): b"" for _ in range(CLIENTS)}
        self._selector = selectors.DefaultSelector()
        for connection in self._answers:
            self._selector.register(connection, selectors.EVENT_READ)

    def play(self, times: int) -> Round:
        spent: list[float] = []
        began = time.perf_counter()
        asked = {connection: self._ask(connection) for connection in self._answers}
        while len(spent) < times:
            for key, _ in self._selector.select():
                if self._hear(key.fileobj):
                    spent.append(time.perf_counter() - asked[key.fileobj])
                    if len(spent) <= times - CLIENTS:
                        asked[key.fileobj] = self._ask(key.fileobj)
        rate = times / (time.perf_counter() - began)
        return Round(rate, sorted(spent)[times * 99 // 100])

    def _ask(self, connection: socket.socket) -> float:
        connection.sendall(self._message)
        return time.perf_counter()

    def _hear(self, connection: socket.socket) -> bool:
        """Whether the answer is whole now."""
        self._answers[connection] += connection.recv(65536)
        whole = is_whole(self._answers[connection])
        if whole:
            if not self._answers[connection].startswith(b"HTTP/1.1 200 "):
                sys.exit(f"That is no prediction: {self._answers[connection]!r}")
            self._answers[connection] = b""
        return whole


def wait_for_model(client: Client) -> None:
    host, port = client.address
    for _ in range(100):
        try:
            urlopen(f"http://{host}:{port}/model").close()
        except HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The model of the service cannot be loaded.")


def measure(folder: Path, surroundings: Mapping[str, str], rounds: int) -> dict[str, list[Round]]:
    """The sides take turns, so that all meet the same noise."""
    found: dict[str, list[Round]] = defaultdict(list)
    with ExitStack() as stack:
        crowds = {}
        for side, (app, path, _) in SIDES.items():
            server = stack.enter_context(serve(sys.executable, app, folder, surroundings))
            if side == "service":
                wait_for_model(server.client)
            crowds[side] = Crowd(server.client, path)
            crowds[side].play(CLIENTS * 5)  # Not counted: it fills the caches.
        for _ in range(rounds):
            for side, crowd in crowds.items():
                found[side].append(crowd.play(SIDES[side][2]))
    return found


def show(found: Mapping[str, list[Round]]) -> None:
    print(
        f"\n{f'{CLIENTS} clients at once':<20}{'predictions/s':>16}{'p99':>11}{'service: times as many':>26}"
    )
    service = found["service"]
    for side, rounds in found.items():
        rate, p99 = median(each.rate for each in rounds), median(each.p99 for each in rounds)
        times = median(ours.rate / theirs.rate for ours, theirs in zip(service, rounds, strict=True))
        print(f"  {side:<18}{rate:>16.0f}{p99 * 1e3:>8.1f} ms{times:>26.2f}")


def main(rounds: int) -> None:
    with TemporaryDirectory() as name, open_storage() as address, open_queue() as queue:
        service = copy_service(sys.executable, Path(name) / "service", address)
        surroundings = {"PYTHONPATH": ".", **service.storage, **queue}
        show(measure(service.folder, surroundings, rounds))


if __name__ == "__main__":
    main(1 if "--quick" in sys.argv[1:] else 30)
