"""Composition root: the one module that knows which parts this service is made of."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI

from . import simulation
from .calls import Calls
from .database import open_database
from .docs import install_docs
from .domains import DOMAINS
from .errors import PROBLEM_RESPONSES, install_errors
from .health import Check, install_health, open_readiness
from .idempotency import install_idempotency
from .logs import configure_logs
from .metrics import install_metrics
from .middleware import install_middleware
from .routing import install_routing
from .settings import Settings
from .state import State
from .tasks import open_tasks
from .tasks import router as tasks_router

# % if cookiecutter.model_serving == "onnx"
from app.predictions import install_predictions, load_onnx, open_model
from app.predictions import tasks as prediction_tasks

# % endif
logger = structlog.get_logger()


@asynccontextmanager
async def open_state(settings: Settings) -> AsyncGenerator[State]:
    """Open the parts in order, and close them in reverse, also when one of them fails to open."""
    async with AsyncExitStack() as stack:
        logger.info("starting", service=settings.title)
        stack.callback(logger.info, "stopped")
        state: State = {"settings": settings}
        state["database"] = await stack.enter_async_context(open_database(settings))
        # % if cookiecutter.model_serving == "onnx"
        state["model"] = await stack.enter_async_context(open_model(settings, load_onnx))
        # % endif
        modules = [simulation.tasks, *(domain.tasks for domain in DOMAINS)]
        # % if cookiecutter.model_serving == "onnx"
        modules.append(prediction_tasks)
        # % endif
        calls = Calls(modules, state, settings.task_time_limit)
        state["tasks"] = await stack.enter_async_context(open_tasks(settings, calls, state["database"]))
        checks: dict[str, Check] = {"tasks": state["tasks"].check}
        # % if cookiecutter.database != "none"
        checks["database"] = state["database"].check
        # % endif
        # % if cookiecutter.model_serving == "onnx"
        checks["model"] = state["model"].check
        # % endif
        state["readiness"] = await stack.enter_async_context(open_readiness(settings, checks))
        logger.info("started")
        yield state
        logger.info("stopping")


def create_app(settings: Settings) -> FastAPI:
    """Put the application together; nothing is opened before its lifespan starts."""
    configure_logs(settings)
    app = FastAPI(
        title=settings.title,
        description=settings.description,
        docs_url=None,
        redoc_url=None,
        # A path with a slash too many is unknown: a redirect would search all routes twice for every 404.
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses=PROBLEM_RESPONSES,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lambda _: open_state(settings),
    )
    install_health(app)
    install_metrics(app)
    app.include_router(tasks_router)
    app.include_router(simulation.router)
    # % if cookiecutter.model_serving == "onnx"
    install_predictions(app)
    # % endif
    for domain in DOMAINS:
        app.include_router(domain.router)
    install_docs(app)
    install_routing(app)
    install_errors(app)
    install_idempotency(app)
    install_middleware(app, settings)
    return app
