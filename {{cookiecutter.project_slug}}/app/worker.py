"""Entry point of workers: `python -m app.worker` runs the tasks that the service submits."""

# % if cookiecutter.database == "none"
from collections import defaultdict
# % endif
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

# % if cookiecutter.database == "none"
from .database.memory import no_rows
# % endif
from .errors import install_errors
from .factory import open_state
from .health import install_health
from .logs import configure_logs
# % if cookiecutter.telemetry == "none"
from .middleware import install_middleware
# % endif
from .settings import Settings, read_settings
# % if cookiecutter.telemetry == "none"
from .state import State


# % elif cookiecutter.telemetry == "metrics"
from .state import State
from .telemetry import count_queued_tasks, install_metrics, install_middleware


# % else
from .state import State
from .telemetry import add_trace, count_queued_tasks, install_metrics, install_middleware


# % endif

@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncGenerator[State]:
    # % if cookiecutter.database == "none"
    async with open_state(settings) as state:
        # What reads them here would only look right.
        state["database"].tables = defaultdict(no_rows)
        async with state["tasks"].working():
            yield state


    # % else
    async with open_state(settings) as state, state["tasks"].working():
        yield state


    # % endif
def create_worker(settings: Settings) -> FastAPI:
    """What a worker serves next to its work: probes and metrics."""
    # % if cookiecutter.telemetry != "full"
    configure_logs(settings)
    # % else
    configure_logs(settings, add_trace)
    # % endif
    app = FastAPI(
        title=settings.title,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lambda _: open_worker(settings),
    )
    install_health(app)
    # % if cookiecutter.telemetry != "none"
    install_metrics(app, settings, count_queued_tasks)
    # % endif
    install_errors(app)
    install_middleware(app, settings)
    return app


def main() -> None:
    settings = read_settings()
    worker = create_worker(settings)
    uvicorn.run(
        worker,
        host=settings.worker_host,
        port=settings.worker_port,
        log_config=None,
        timeout_keep_alive=75,
        # A client that reads slowly keeps no worker from ending.
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
