"""The service of the raw template and a plain FastAPI application, with the same additions."""

from importlib import import_module
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.routing import APIRouter

from .case import Parts, Team

# The service is found by its path only: it is copied from the template, and lies in no fixed place.
LIMIT = 100_000


def plain(team: Team) -> FastAPI:
    app = FastAPI()
    team.install(app, Parts(APIRouter, lambda detail: HTTPException(404, detail), lambda _: None))
    return app


def service(team: Team, **settings: Any) -> FastAPI:
    values = import_module("app.settings").Settings(_env_file=None, max_body_bytes=LIMIT, **settings)
    app: FastAPI = import_module("app.factory").create_app(values)
    errors = import_module("app.errors")
    router = import_module("app.routing").PrefixRouter
    team.install(app, Parts(router, errors.NotFoundError, errors.install_errors))
    return app
