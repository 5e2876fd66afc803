"""Predictions: the service, which computes in batches, next to plain handlers, under many clients at once."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from .client import Clients, Request, p99
from .report import Row, share
from .servers import serve
from .services import Workshop

CLIENTS = 32
# The requests of a round: scikit-learn takes ten times as long.
TIMES = {"/predict": 3200, "/onnx": 3200, "/sklearn": 320}


def play(clients: Clients, path: str, times: int) -> tuple[float, float]:
    """Predictions in a second, and the p99 in milliseconds."""
    request = Request("POST", path, 200, lambda: {"instances": [{"features": [5.9, 3.0, 5.1, 1.8]}]})
    start = time.perf_counter()
    spent = clients.play([request], times)
    return times / (time.perf_counter() - start), p99(spent)


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    service = replace(workshop.service(model_serving="onnx"), probe="/health/ready")
    bare = replace(service, app="benchmarks.bare_predictions:app", probe="/health/live")
    with ExitStack() as stack:
        servers = {path: serve(service if path == "/predict" else bare) for path in TIMES}
        clients = {
            path: Clients(stack.enter_context(server).port, CLIENTS) for path, server in servers.items()
        }
        # The first round, which fills the caches, is not counted.
        found = [{path: play(clients[path], path, n) for path, n in TIMES.items()} for _ in range(rounds + 1)]
    for path, name in (("/onnx", "an ONNX handler"), ("/sklearn", "scikit-learn")):
        rates, p99s = ([(each[path][n], each["/predict"][n]) for each in found[1:]] for n in (0, 1))
        yield share(f"predictions, next to {name}", rates, "/s", "more")
        yield share(f"p99, next to {name}", p99s, "ms")
