"""Composition root: the one module that knows which parts this service is made of."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI

# % if cookiecutter.auth == "accounts"
from app import accounts, simulations
# % elif cookiecutter.tasks != "none"
from app import simulations
# % endif
# % if false
from app import accounts, simulations
# % endif
# % if cookiecutter.model_serving == "onnx"
from app.predictions import install_predictions, load_onnx, open_model
# % endif
# % if cookiecutter.tasks != "none" and cookiecutter.model_serving == "onnx"
from app.predictions import tasks as prediction_tasks
# % endif
# % if cookiecutter.tasks != "none" and cookiecutter.telemetry == "none"
from app.tasks import TaskRegistry, open_tasks
# % endif
# % if cookiecutter.tasks != "none" and cookiecutter.telemetry != "none"
from app.tasks import open_tasks
# % endif
# % if cookiecutter.tasks != "none"
from app.tasks import router as tasks_router
# % endif
# % if cookiecutter.telemetry != "none"
from . import telemetry
# % endif
# % if cookiecutter.auth == "oidc"
from .auth import oidc
# % endif
from .database import open_database
from .docs import install_docs
from .domains import DOMAINS
from .errors import PROBLEM_RESPONSES, ProblemFastAPI, install_errors
from .health import Check, install_health, open_readiness
from .idempotency import install_idempotency, open_idempotency
# % if cookiecutter.auth == "oidc"
from .login import install_login
# % endif
from .logs import configure_logs
# % if cookiecutter.telemetry == "none"
from .middleware import install_middleware
# % endif
# % if cookiecutter.tasks == "redis"
from .redis.rate_limits import open_rate_limits
# % else
from .rate_limits import open_rate_limits
# % endif
from .settings import Settings, misspelt_names
# % if cookiecutter.telemetry == "none"
from .state import State

# % else
from .state import State
from .telemetry import install_middleware

# % endif
logger = structlog.get_logger()


@asynccontextmanager
async def open_state(settings: Settings) -> AsyncGenerator[State]:
    """Open the parts in order, and close them in reverse, also when one of them fails to open."""
    async with AsyncExitStack() as stack:
        for name, meant in misspelt_names().items():
            logger.warning("setting_unknown", name=name, similar=meant)
        stack.callback(logger.info, "service_stopped")
        checks: dict[str, Check] = {}
        state: State = {"settings": settings}
        state["rate_limits"] = await stack.enter_async_context(open_rate_limits(settings))
        # % if cookiecutter.telemetry == "full" and cookiecutter.tasks == "redis"
        # Its own spans have texts of errors, and traces of their own.
        telemetry.SILENT.add("docket")
        # % endif
        # % if cookiecutter.telemetry == "full"
        await stack.enter_async_context(telemetry.open_tracing(settings))
        # % endif
        # % if cookiecutter.telemetry == "full" and cookiecutter.database != "none"
        telemetry.trace_statements()
        # % endif
        # % if cookiecutter.database == "none" or cookiecutter.telemetry == "none"
        database = open_database(settings)
        # % else
        database = open_database(settings, poolclass=telemetry.ObservedPool)
        # % endif
        state["database"] = await stack.enter_async_context(database)
        # % if cookiecutter.database != "none"
        checks["database"] = state["database"].check
        # % endif
        # % if cookiecutter.auth == "accounts"
        opened = accounts.open_accounts(settings, state["database"], state["rate_limits"])
        state["accounts"] = await stack.enter_async_context(opened)
        state["authenticator"] = state["accounts"]
        # % endif
        # % if cookiecutter.auth == "oidc"
        issuer = await stack.enter_async_context(oidc.open_issuer(settings))
        state["authenticator"], checks["issuer"] = issuer, issuer.check
        # % endif
        idempotency = open_idempotency(settings, state["database"])
        state["idempotency"] = await stack.enter_async_context(idempotency)
        # % if cookiecutter.model_serving == "onnx"
        # % if cookiecutter.telemetry == "none"
        model = open_model(settings, load_onnx)
        # % else
        model = open_model(settings, load_onnx, telemetry.ObservedBatcher)
        # % endif
        state["model"] = await stack.enter_async_context(model)
        checks["model"] = state["model"].check
        # % endif
        # % if cookiecutter.tasks != "none"
        modules = [simulations.tasks, *(domain.tasks for domain in DOMAINS)]
        # % endif
        # % if cookiecutter.tasks != "none" and cookiecutter.model_serving == "onnx"
        modules.append(prediction_tasks)
        # % endif
        # % if cookiecutter.auth == "accounts"
        modules.append(accounts.tasks)
        # % endif
        # % if cookiecutter.tasks != "none"
        # After all parts that tasks use: they are open from the first task to the end of the last one.
        # % if cookiecutter.telemetry == "none"
        registry = TaskRegistry(modules, state, settings)
        # % else
        registry = telemetry.ObservedTaskRegistry(modules, state, settings)
        # % endif
        state["task_registry"] = registry
        state["tasks"] = await stack.enter_async_context(open_tasks(settings, registry, state["database"]))
        checks["tasks"] = state["tasks"].check
        # % endif
        state["readiness"] = await stack.enter_async_context(open_readiness(settings, checks))
        logger.info("service_started")
        yield state


def describe_tags() -> list[dict[str, str]]:
    """In the order of the API page: first what the service is there for."""
    names = [name for domain in DOMAINS for name in domain.router.tags]
    tags = {name: f"Create, read, change and delete {name}." for name in names}
    # % if cookiecutter.model_serving == "onnx"
    tags.setdefault("predictions", "Ask the model, and replace it.")
    # % endif
    # % if cookiecutter.tasks != "none"
    tags.setdefault("tasks", "Read how far a background task has come, or cancel it.")
    tags.setdefault("simulations", "A slow job, as an example of a task.")
    # % endif
    # % if cookiecutter.auth == "accounts"
    tags.setdefault("authentication", "Sign in; sessions, keys and accounts.")
    # % endif
    tags.setdefault("health", "Whether the process runs, and can do its work.")
    return [{"name": name, "description": text} for name, text in tags.items()]


def create_app(settings: Settings) -> FastAPI:
    """Put the application together; nothing is opened before its lifespan starts."""
    # % if cookiecutter.telemetry != "full"
    configure_logs(settings)
    # % else
    configure_logs(settings, telemetry.add_trace)
    # % endif
    # % if cookiecutter.model_serving == "none"
    openapi_url = "/openapi.json" if settings.api_docs else None
    # % else
    openapi_url = None
    # % endif
    app = ProblemFastAPI(
        title=settings.title,
        description=settings.description,
        openapi_tags=describe_tags(),
        openapi_url=openapi_url,
        docs_url=None,
        redoc_url=None,
        # A path with a slash too many is unknown: a redirect would search all routes twice for every 404.
        redirect_slashes=False,
        telemetry={
            # % if cookiecutter.telemetry != "full"
            "tracing": False,
            # % endif
            "metrics": False,
            "logs": False,
            # % if cookiecutter.telemetry == "full"
            **telemetry.TRACING,
            # % endif
        },
        responses=PROBLEM_RESPONSES,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lambda _: open_state(settings),
    )
    install_idempotency(app)
    install_health(app)
    # % if cookiecutter.telemetry != "none"
    telemetry.install_metrics(
        app,
        settings,
        # % if cookiecutter.tasks != "none"
        telemetry.count_queued_tasks,
        # % endif
    )
    # % endif
    for domain in DOMAINS:
        app.include_router(domain.router, prefix="/v1")
    # % if cookiecutter.auth == "accounts"
    for router in accounts.ROUTERS:
        app.include_router(router)
    # % endif
    # % if cookiecutter.tasks != "none"
    app.include_router(tasks_router)
    app.include_router(simulations.router)
    # % endif
    # % if cookiecutter.model_serving == "onnx"
    install_predictions(app, settings)
    # % endif
    if settings.api_docs:
        install_docs(app)
    # % if cookiecutter.auth == "oidc"
    install_login(app, settings)
    # % endif
    install_errors(app)
    install_middleware(app, settings)
    return app
