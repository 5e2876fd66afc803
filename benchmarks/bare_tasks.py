"""The yardstick of background tasks: what carries them, alone, with its workers in the same process."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

from docket import Docket, Worker
from fastapi import FastAPI, Request
from procrastinate import App, PsycopgConnector
from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, mapped_column

from . import bare_sql
from .bare_sql import Base, Item, sessions

Enqueue = Callable[[], Awaitable[object]]
CONCURRENCY = 10
finished = []


class Job(Base):
    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[str] = mapped_column(default="queued", index=True)


async def export_items() -> None:
    async with sessions() as session:
        finished.append(list(await session.scalars(select(Item.name))))


async def run_next_row() -> bool:
    oldest = select(Job.id).where(Job.state == "queued").limit(1).scalar_subquery()
    claim = update(Job).where(Job.id == oldest).values(state="running").returning(Job.id)
    async with sessions.begin() as session:
        job_id = await session.scalar(claim)
    if job_id:
        await export_items()
        async with sessions.begin() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(state="succeeded"))
    return job_id is not None


@asynccontextmanager
async def open_rows() -> AsyncGenerator[Enqueue]:
    due = asyncio.Event()

    async def enqueue() -> None:
        async with sessions.begin() as session:
            session.add(Job())
        due.set()

    async def work() -> None:
        while True:
            due.clear()
            while await run_next_row():
                pass
            await due.wait()

    workers = [asyncio.create_task(work()) for _ in range(CONCURRENCY)]
    yield enqueue
    for worker in workers:
        worker.cancel()


@asynccontextmanager
async def open_docket() -> AsyncGenerator[Enqueue]:
    interval = timedelta(milliseconds=25)
    async with (
        Docket("bare", os.environ["REDIS_URL"], execution_ttl=timedelta(0)) as docket,
        Worker(docket, concurrency=CONCURRENCY, minimum_check_interval=interval) as worker,
    ):
        docket.register(export_items)
        running = asyncio.create_task(worker.run_forever())
        yield lambda: docket.add(export_items)()
        running.cancel()


@asynccontextmanager
async def open_procrastinate() -> AsyncGenerator[Enqueue]:
    address = os.environ["DATABASE_URL"].replace("+psycopg", "")
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=5))
    task = app.task(export_items)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        worker = app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False)
        running = asyncio.create_task(worker)
        yield task.defer_async
        running.cancel()


OPEN = {"in-process": open_rows, "redis": open_docket, "postgresql": open_procrastinate}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, object]]:
    async with bare_sql.lifespan(app), OPEN[os.environ["TASKS"]]() as enqueue:
        yield {"enqueue": enqueue, "numbers": count(1)}


app = FastAPI(lifespan=lifespan)
app.get("/health/live")(bare_sql.live)


@app.post("/items/export", status_code=202)
async def start_export(request: Request) -> dict[str, int]:
    await request.state.enqueue()
    return {"id": next(request.state.numbers)}


@app.get("/tasks/{number}")
async def get_task(number: int) -> dict[str, str]:
    return {"status": "succeeded" if len(finished) >= number else "queued"}
