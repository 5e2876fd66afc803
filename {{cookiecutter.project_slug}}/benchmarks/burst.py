"""Many tasks that do nothing, by the service or by what carries its tasks alone: `burst.py service 500`.

Prints as JSON, in seconds: the median until one is submitted; and for each, once they run, time and CPU.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter, process_time
from types import ModuleType

from bare_tasks import Carrier, open_bare, working

from app.clock import new_id, now
from app.domains import DOMAINS
from app.factory import open_state
from app.logs import configure_logs
from app.settings import Settings
from app.tasks.records import Task

finished: list[tuple[float, float]] = []


async def bare_task() -> None:
    finished.append((perf_counter(), process_time()))


async def task(_: object) -> None:
    await bare_task()


@asynccontextmanager
async def open_ours(settings: Settings) -> AsyncGenerator[Carrier]:
    part = ModuleType("benchmark")
    vars(part)["tasks"] = sys.modules[__name__]
    DOMAINS.append(part)
    async with open_state(settings) as state:

        async def submit() -> None:
            name, written = state["tasks"].calls.write(task, {})
            about = {"state": "queued", "attempts": 0, "submitted_at": now()}
            async with state["database"].begin() as session:
                await state["tasks"].put(session, [Task(id=new_id(), name=name, arguments=written, **about)])

        # A part may open in the background, which is not to be measured.
        async with asyncio.timeout(60):
            while {*(await state["readiness"].report()).values()} != {"ok"}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield submit, working(state)


async def main(side: str, count: int) -> None:
    settings = Settings(task_queue_size=10 * count, drain_delay=0)
    configure_logs(settings)
    taken = []
    async with open_bare(settings, bare_task) if side == "bare" else open_ours(settings) as (submit, workers):
        for _ in range(count):
            begun = perf_counter()
            await submit()
            taken.append(perf_counter() - begun)
        async with workers:
            while len(finished) < count:  # noqa: ASYNC110 whatever it waited for would cost something
                await asyncio.sleep(0.05)
    (begun, cpu_before), (ended, cpu_after) = finished[0], finished[-1]
    each = {"duration": (ended - begun) / (count - 1), "cpu": (cpu_after - cpu_before) / (count - 1)}
    print(json.dumps({"latency": median(taken), **each}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
