"""Liveness: the process responds. Readiness: it can do its work, and is not about to stop."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI, Request

from .errors import UnavailableError
from .settings import Settings

logger = structlog.get_logger()
# Returns when the part works, and raises when it does not.
Check = Callable[[], Awaitable[None]]


class Readiness:
    def __init__(self, checks: Mapping[str, Check], timeout: float) -> None:
        self.stopping = False
        self._checks = checks
        self._timeout = timeout
        self._running: dict[str, asyncio.Task[str]] = {}

    async def report(self) -> dict[str, str]:
        """The result of each check by its name: ok, or what is wrong."""
        results = await asyncio.gather(*(self._run(name) for name in self._checks))
        return dict(zip(self._checks, results, strict=True))

    async def _run(self, name: str) -> str:
        """In a task of its own, for some connections end no sooner when they are cancelled.

        Probes that come in the meantime wait for the same one, and take no further connection.
        """
        task = self._running.get(name)
        if task is None or task.done():
            task = self._running[name] = asyncio.create_task(result_of(name, self._checks[name]))
        await asyncio.wait({task}, timeout=self._timeout)
        if task.done() and not task.cancelled():
            return task.result()
        task.cancel()
        logger.warning("readiness_check_failed", check=name, seconds=self._timeout)
        return TimeoutError.__name__


async def result_of(name: str, check: Check) -> str:
    try:
        await check()
    except Exception as error:
        logger.warning("readiness_check_failed", check=name, exc_info=True)
        # The message may hold addresses or passwords; the type does not.
        return type(error).__name__
    return "ok"


@asynccontextmanager
async def open_readiness(settings: Settings, checks: Mapping[str, Check]) -> AsyncGenerator[Readiness]:
    """Ready until SIGTERM; then not ready, while the server goes on for `drain_delay` seconds."""
    readiness = Readiness(checks, settings.readiness_timeout)
    loop = asyncio.get_running_loop()
    server_handler = signal.getsignal(signal.SIGTERM)

    def stop_later(*_: object) -> None:
        readiness.stopping = True
        # A second SIGTERM goes to the server at once.
        signal.signal(signal.SIGTERM, server_handler)
        loop.call_soon_threadsafe(loop.call_later, settings.drain_delay, signal.raise_signal, signal.SIGTERM)

    # In another thread, as in tests, Python allows no signal handler.
    with suppress(ValueError):
        signal.signal(signal.SIGTERM, stop_later)
    try:
        yield readiness
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, server_handler)


async def live() -> dict[str, str]:
    """Responds as long as the event loop runs."""
    return {"status": "alive"}


async def ready(request: Request) -> dict[str, str | dict[str, str] | None]:
    """Whether requests should be sent here."""
    readiness: Readiness = request.state.readiness
    if readiness.stopping:
        raise UnavailableError("The service is stopping.")
    checks, revision = await readiness.report(), request.state.settings.service_revision
    if set(checks.values()) - {"ok"}:
        detail = "A part of the service is not working: see `checks`."
        raise UnavailableError(detail, revision=revision, checks=checks)
    return {"status": "ready", "revision": revision, "checks": checks}


def install_health(app: FastAPI) -> None:
    # On the app itself and first: probes come often, and this is the cheapest.
    app.get("/health/live", tags=["health"])(live)
    app.get("/health/ready", tags=["health"])(ready)
