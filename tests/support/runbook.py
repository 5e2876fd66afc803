"""The faults of a runbook: how each is brought about, and what is seen of a service while it lasts."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .chaos.outages import DurableRedis, Server, frozen, locked, stopped
from .known import needed_servers
from .live import Service, live
from .options import Answers
from .servers import PostgreSQL

READINESS_TIMEOUT = 1
SETTINGS = {"READINESS_TIMEOUT": f"{READINESS_TIMEOUT}", "REDIS_TIMEOUT": "0.5", "TASK_LEASE": "2"}
WRITE, READ, SUBMIT, TASKS = "POST /v1/users", "GET /v1/users", "POST /simulations", "GET /tasks"
CALLS = {WRITE, READ, SUBMIT, TASKS}
WRITES = {WRITE, SUBMIT}


@dataclass
class Place:
    """A service that runs, and what it depends on."""

    service: Service
    file: Path
    servers: Mapping[str, Server]


@dataclass(frozen=True)
class Row:
    """What is seen while a fault lasts."""

    answers: Answers
    fault: Callable[[Place], AbstractContextManager[None]]
    checks: dict[str, str]
    refused: set[str]
    events: set[str]


@contextmanager
def moved(file: Path) -> Generator[None]:
    away = file.parent / "away"
    away.mkdir()
    for part in file.parent.glob(f"{file.name}*"):
        part.rename(away / part.name)
    yield
    # The service has made an empty one.
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()
    for part in away.iterdir():
        part.rename(file.parent / part.name)


class OnSmallDisk(Service):
    """Its database is on a disk that only this process sees."""

    SCRIPT = 'mount -t tmpfs -o size=1m none "$1" && shift && "$1" -m alembic upgrade head && exec "$@"'

    @property
    def command(self) -> list[str]:
        return ["unshare", "--mount", "sh", "-c", self.SCRIPT, "sh", str(self.disk), *super().command]

    @property
    def disk(self) -> Path:
        return Path(self.address.partition("///")[2]).parent


@contextmanager
def filled(service: Service) -> Generator[None]:
    assert isinstance(service, OnSmallDisk)
    filling = Path(f"/proc/{service.process.pid}/root{service.disk}/filling")
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filling.unlink()


ON_SQLITE = {"tasks": "in-process", "database": "sqlite"}
ON_POSTGRESQL = {"tasks": "in-process", "database": "postgresql"}
ON_QUEUE = {"tasks": "postgresql", "database": "postgresql"}
ON_REDIS, REDIS_ALONE = {"tasks": "redis", "database": "sqlite"}, {"tasks": "redis", "database": "none"}
FULL = "the disk is full"
UNAVAILABLE, FAILED, DELAYED = "database_unavailable", "readiness_check_failed", "tasks_delayed"
RUNBOOK = {
    "PostgreSQL is stopped": Row(
        ON_POSTGRESQL,
        lambda place: stopped(place.servers["postgresql"]),
        {"database": "OperationalError", "tasks": "ok"},
        CALLS,
        {UNAVAILABLE, FAILED, DELAYED},
    ),
    "PostgreSQL is frozen": Row(
        ON_POSTGRESQL,
        lambda place: frozen(place.servers["postgresql"]),
        {"database": "TimeoutError", "tasks": "ok"},
        CALLS,
        {UNAVAILABLE, FAILED, DELAYED},
    ),
    "PostgreSQL is stopped, and has the queue": Row(
        ON_QUEUE,
        lambda place: stopped(place.servers["postgresql"]),
        {"database": "OperationalError", "tasks": "UnavailableError"},
        CALLS,
        {UNAVAILABLE, FAILED},
    ),
    "the file is locked": Row(
        ON_SQLITE,
        lambda place: locked(place.file),
        {"database": "TimeoutError", "tasks": "ok"},
        WRITES,
        {UNAVAILABLE, FAILED, DELAYED},
    ),
    "the file is moved away": Row(
        ON_SQLITE,
        lambda place: moved(place.file),
        {"database": "PendingMigrationsError", "tasks": "ok"},
        CALLS,
        {UNAVAILABLE, FAILED, DELAYED},
    ),
    FULL: Row(
        ON_SQLITE,
        lambda place: filled(place.service),
        {"database": "OperationalError", "tasks": "ok"},
        WRITES,
        {UNAVAILABLE, FAILED},
    ),
    "Redis is stopped": Row(
        ON_REDIS,
        lambda place: stopped(place.servers["redis"]),
        {"database": "ok", "tasks": "UnavailableError"},
        set(),
        {"redis_unavailable", FAILED, DELAYED},
    ),
    "Redis is frozen": Row(
        ON_REDIS,
        lambda place: frozen(place.servers["redis"]),
        {"database": "ok", "tasks": "UnavailableError"},
        set(),
        {"redis_unavailable", FAILED, DELAYED},
    ),
    "Redis is stopped, and has all records": Row(
        REDIS_ALONE,
        lambda place: stopped(place.servers["redis"]),
        {"tasks": "UnavailableError"},
        {SUBMIT, TASKS},
        {"redis_unavailable", FAILED},
    ),
}

SERVERS: dict[str, type[PostgreSQL] | type[DurableRedis]] = {"postgresql": PostgreSQL, "redis": DurableRedis}


@contextmanager
def placed(row: Row, root: Path, folder: Path) -> Generator[Place]:
    """The service at `root` is rendered with the answers of this row."""
    file, kind = folder / "disk" / "test.db", OnSmallDisk if row is RUNBOOK[FULL] else Service
    file.parent.mkdir()
    address, settings = f"sqlite+aiosqlite:///{file}", dict(SETTINGS)
    with ExitStack() as stack:
        servers = {name: stack.enter_context(SERVERS[name]()) for name in needed_servers(row.answers)}
        if redis := servers.get("redis"):
            settings["REDIS_URL"] = redis.address
        if postgresql := servers.get("postgresql"):
            address = postgresql.address
        service = stack.enter_context(live(root, address, settings, kind))
        yield Place(service, file, servers)
