"""The template of the route that a request has taken, such as `/v1/orders/{id}`."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Host, Mount
from starlette.types import Scope

UNMATCHED = "unmatched"


def local_path(scope: Scope) -> str:
    """Without the prefix that a proxy adds, and the whole of it also in a mounted application."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("app_root_path", scope.get("root_path", "")))


def declared(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[object, str]]:
    """Every endpoint with its path, those of mounted applications before the rest of their mount."""
    for route in iter_route_contexts(routes):
        path = prefix + (route.path or "")
        if isinstance(route.original_route, Mount | Host):
            yield from declared(route.routes, path)
            yield route.app, path + "/{path:path}"
        else:
            yield route.endpoint, path


def pattern_of(path: str) -> str:
    parts = re.split(r"(\{.*?\})", path)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [".*" if part.endswith(":path}") else "[^/]+" for part in parts[1::2]]
    return "".join(parts)


class RouteTemplates:
    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._paths: defaultdict[int, dict[str, None]] = defaultdict(dict)

    def find(self, scope: Scope, status: int | None) -> str:
        """By the endpoint; where it has several paths, or was hidden, the first one that fits."""
        endpoint = scope.get("endpoint")
        if endpoint is None and status == 404:
            return UNMATCHED
        if id(endpoint) not in self._paths:
            self._read()
        paths = [*(self._paths[id(endpoint)] or self._paths[id(None)])]
        if len(paths) > 1:
            local = local_path(scope)
            paths = [path for path in paths if re.fullmatch(pattern_of(path), local)]
        return re.sub(r":\w+\}", "}", paths[0]) if paths else UNMATCHED

    def _read(self) -> None:
        """Again for each endpoint that is new, for routes may be added at any time."""
        for endpoint, path in declared(self._routes):
            self._paths[id(endpoint)][path] = None
            self._paths[id(None)][path] = None
