"""The template of the route that a request has taken, such as `/v1/orders/{id}`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Host, Mount
from starlette.types import Scope

from app.errors import fits

UNMATCHED = "unmatched"


def templates(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[RouteContext, str]]:
    """Of all routes, also of those in mounted applications."""
    for route in iter_route_contexts(routes):
        template = prefix + (route.path_format or "/{path}")
        if isinstance(route.original_route, Mount | Host):
            yield from templates(route.routes, template.removesuffix("/{path}"))
        yield route, template


class RouteTemplates:
    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._of_endpoints: defaultdict[int, list[tuple[RouteContext, str]]] = defaultdict(list)
        self._read()

    def find(self, scope: Scope, status: int | None) -> str:
        """By the endpoint that was called; by the path, when that is not known or has several routes."""
        endpoint = scope.get("endpoint")
        # Of the second, floods may come: nothing is looked up for them.
        if endpoint is None and status in (404, 429):
            return UNMATCHED
        if id(endpoint) not in self._of_endpoints:
            self._read()
        found = self._of_endpoints[id(endpoint)] or templates(self._routes)
        if isinstance(found, list) and len(found) == 1:
            return found[0][1]
        return next((template for route, template in found if fits(route, scope)), UNMATCHED)

    def _read(self) -> None:
        """Again for each endpoint that is new: routes may be added at any time."""
        self._of_endpoints.clear()
        for route, template in templates(self._routes):
            self._of_endpoints[id(route.endpoint or route.app)].append((route, template))
