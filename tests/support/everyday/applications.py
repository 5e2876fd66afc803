"""A service and a plain FastAPI application, with the same additions."""

from importlib import import_module
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.routing import APIRouter

from .case import Parts, Team

# The service is found by its path only: it is rendered, and lies in no fixed place.
LIMIT = 100_000


class NotFoundError(HTTPException):
    """What stands for the error of that name in a plain application."""

    def __init__(self, detail: str) -> None:
        super().__init__(404, detail)


def plain(team: Team) -> FastAPI:
    # The names of operations are in many places of the OpenAPI document: those of the service are shorter.
    app = FastAPI(generate_unique_id_function=lambda route: route.name)
    team.install(app, Parts(APIRouter, NotFoundError, lambda _: None))
    return app


def service(team: Team, **settings: Any) -> FastAPI:
    values = import_module("app.settings").Settings(_env_file=None, max_body_bytes=LIMIT, **settings)
    app: FastAPI = import_module("app.factory").create_app(values)
    errors = import_module("app.errors")
    router = import_module("app.routing").PrefixRouter
    team.install(app, Parts(router, errors.NotFoundError, errors.install_errors))
    return app
