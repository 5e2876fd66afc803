"""Background tasks: a burst of them, from the first request until the last has succeeded."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from .client import Request
from .report import Pair, Row, capacity
from .servers import Server, Side, cpu, serve, start
from .services import Workshop

BURST = 200
DATABASES = {"in-process": "sqlite", "redis": "sqlite", "postgresql": "postgresql"}


def play(server: Server, pids: list[int], items: str) -> float:
    """Microseconds of CPU of one task, in all processes."""
    before = sum(map(cpu, pids))
    for _ in range(BURST):
        task = server.clients.get_json(Request("POST", f"{items}/export", 202))
    # Tasks start in their order, so that the last one says enough.
    while "succeeded" not in server.clients.get_json(Request("GET", f"/tasks/{task['id']}", 200)).values():
        time.sleep(0.02)
    return (sum(map(cpu, pids)) - before) / BURST


def compare(bare: Side, service: Side, has_worker: bool, rounds: int) -> list[Pair]:
    with ExitStack() as stack:
        a, b = stack.enter_context(serve(bare)), stack.enter_context(serve(service))
        pids = [b.pid]
        if has_worker:
            pids.append(stack.enter_context(start(service, "-m", "app.worker")).pid)
        found = [(play(a, [a.pid], bare.items), play(b, pids, service.items)) for _ in range(rounds + 1)]
    return found[1:]  # In the first one the worker was starting.


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    for tasks, database in DATABASES.items():
        service = workshop.service(database=database, tasks=tasks)
        redis = {name: url for name, url in service.settings.items() if name == "REDIS_URL"}
        bare = workshop.bare("bare_tasks", database, TASKS=tasks, **redis)
        yield capacity(f"{tasks}: a task", compare(bare, service, tasks != "in-process", rounds))
