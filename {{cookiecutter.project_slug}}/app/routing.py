"""Finds the route of a request by the first step of its path: twenty domains cost no more than one."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]
STRAIGHT: list[Callable[..., Any]] = []


def straight(endpoint: Endpoint) -> Endpoint:
    """Have an endpoint called without FastAPI's search for dependencies, which takes 25 us.

    Not so where there are dependencies: for it, for its routers or for the application.
    """
    STRAIGHT.append(endpoint)
    return endpoint


def first_step(path: str) -> str:
    """`users` of `/users/1`."""
    return path.split("/", 2)[1] if path.startswith("/") else path


def app_of(context: RouteContext) -> ASGIApp:
    app: ASGIApp = context.app
    endpoint: Any = context.endpoint
    if endpoint in STRAIGHT and not context.dependant.dependencies and not context.max_body_size:
        return request_response(endpoint)
    return app


def is_plain(route: Any) -> bool:
    """Whether a handler behind it needs nothing that only FastAPI's own way to it does."""
    router = getattr(route, "original_router", None)
    if router is None:
        return type(route) in (APIRoute, Route)
    limited = route.include_context.form_limits or route.include_context.max_body_size
    return type(router) is APIRouter and not limited and all(map(is_plain, router.routes))


class RouteTable:
    """FastAPI tries every route in turn; for `/users/1` this tries those below `/users`, in the same order.

    Whatever is not a plain hit or miss is left to FastAPI: 405, mounts, WebSockets, a prefix cut by a proxy,
    limits, classes of your own. Routes are filed at the first request, and anew when the app gets more.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._search_all: ASGIApp = app.router.app
        self._filed = 0
        self._complete = False
        self._routes: dict[str, list[tuple[Any, ASGIApp, BaseRoute]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("root_path"):
            return await self._search_all(scope, receive, send)
        if self._filed != len(self._app.routes):
            self._file_routes()
        routes = self._routes.get(first_step(scope["path"]))
        if routes is None and self._complete:
            raise HTTPException(404)
        for matches, endpoint, route in routes or ():
            match, child_scope = matches(scope)
            if match is Match.FULL:
                scope.update(child_scope, route=route)
                return await endpoint(scope, receive, send)
        await self._search_all(scope, receive, send)

    def _file_routes(self) -> None:
        router, routes = self._app.router, self._app.routes
        contexts = [(first_step(context.path or "{}"), context) for context in iter_route_contexts(routes)]
        # A path that begins with a parameter fits under no step, and a front end may be anywhere.
        anywhere = any("{" in step for step, _ in contexts) or any(router._iter_low_priority_routes())
        others = [route for route in routes if router.form_limits or not is_plain(route)]
        left_out = {first_step(context.path or "{}") for context in iter_route_contexts(others)}
        self._filed = len(routes)
        self._complete = not anywhere
        self._routes = {} if anywhere else {step: [] for step, _ in contexts}
        for step, context in contexts:
            if not anywhere and step not in left_out:
                self._routes[step].append((context.matches, app_of(context), context.original_route))


def install_routing(app: FastAPI) -> None:
    app.router.middleware_stack = RouteTable(app)
