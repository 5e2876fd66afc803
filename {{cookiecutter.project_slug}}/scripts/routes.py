"""Prints every route with its handler, file and line: `make routes`."""

import inspect
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Host, Mount, WebSocketRoute

ROOT = Path(__file__).resolve().parent.parent


class Row(NamedTuple):
    method: str
    path: str
    handler: str
    place: str
    """File and line, in the form that editors open."""


def rows(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[Row]:
    """In the order in which a request tries them, also those of included routers and mounted applications."""
    for route in iter_route_contexts(routes):
        original = route.original_route
        path = prefix + (route.host if isinstance(original, Host) else route.path or "")
        handler = written(route.endpoint or getattr(route, "app", original))
        yield Row(method_of(route), path, handler.__name__, place_of(handler))
        if isinstance(original, Mount | Host):
            yield from rows(route.routes, path)


def method_of(route: RouteContext) -> str:
    original = route.original_route
    if isinstance(original, Mount | Host):
        return type(original).__name__.upper()
    if isinstance(original, WebSocketRoute):
        return "WS"
    # A route of Starlette whose endpoint is a class names none.
    methods = {*(route.methods or ("ANY",))}
    return ",".join(sorted(methods - {"HEAD"} if "GET" in methods else methods))


def written(handler: Any) -> Any:
    """What has a place in a file: the function in its wrappers, or the class of an object."""
    while isinstance(handler, partial):
        handler = handler.func
    handler = inspect.unwrap(handler)
    return handler if inspect.isroutine(handler) or inspect.isclass(handler) else type(handler)


def place_of(handler: Any) -> str:
    try:
        file, line = Path(inspect.getfile(handler)), inspect.getsourcelines(handler)[1]
    except (OSError, TypeError):
        return "not written in Python"
    return f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}:{line}"


def table(found: list[Row]) -> str:
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in found)
    return "\n".join(lines)


def main() -> None:
    # A script finds only what lies next to it.
    sys.path.insert(0, str(ROOT))
    from app.factory import create_app
    from app.settings import read_settings

    app = create_app(read_settings(log_level="WARNING"))
    print(table([*rows(app.routes)]))


if __name__ == "__main__":
    main()
