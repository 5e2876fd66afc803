"""Many tasks that do nothing, by the service or by what carries its tasks alone: `burst.py service 500`.

Prints as JSON, in seconds: the median until one is submitted; and for each, once they run, time and CPU.
"""

import asyncio
import json
import sys
from statistics import median
from time import perf_counter, process_time
from types import ModuleType

from bare_tasks import BARE, SERVICE

from app.domains import DOMAINS
from app.logs import configure_logs
from app.settings import Settings

finished: list[tuple[float, float]] = []


def nothing(*_: object) -> None:
    finished.append((perf_counter(), process_time()))


async def task(_: object) -> None:
    nothing()


async def bare_task() -> None:
    nothing()


async def main(side: str, count: int) -> None:
    settings = Settings(task_queue_size=10 * count, drain_delay=0)
    configure_logs(settings)
    part = ModuleType("benchmark")
    vars(part)["tasks"] = sys.modules[__name__]
    DOMAINS.append(part)
    open_front, open_workers = BARE if side == "bare" else SERVICE
    function = bare_task if side == "bare" else task
    taken = []
    async with open_front(settings, function) as submit:
        for _ in range(count):
            begun = perf_counter()
            await submit()
            taken.append(perf_counter() - begun)
    async with open_workers(settings, function):
        while len(finished) < count:  # noqa: ASYNC110 nothing to wait for that costs nothing
            await asyncio.sleep(0.05)
    (begun, cpu_before), (ended, cpu_after) = finished[0], finished[-1]
    each = {"duration": (ended - begun) / (count - 1), "cpu": (cpu_after - cpu_before) / (count - 1)}
    print(json.dumps({"latency": median(taken), **each}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
