"""A router that costs next to nothing for the requests of other routers."""

from typing import Any

from fastapi import APIRouter
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.routing import Match
from starlette.types import Scope

# % if cookiecutter.auth != "none"
from .auth import guard
# % endif
from .idempotency import IdempotentRoute


class IntConvertor(IntegerConvertor):
    """As many digits as Python always reads: a path with more is unknown, where it would be an error."""

    regex = "[0-9]{1,640}"


register_url_convertor("int", IntConvertor())


class PrefixRouter(APIRouter):
    """FastAPI tries the routes of each router in turn; this one first looks for its prefix in the path."""

    _has_prefix: bool
    """Whether all routes have it. FastAPI gives none to mounts and to routes of Starlette."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("route_class", IdempotentRoute)
        # % if cookiecutter.auth != "none"
        # Only a router that says so is open to everybody: `dependencies=[]`.
        if "dependencies" not in options:
            options["dependencies"] = [guard(options["prefix"].strip("/").partition("/")[0])]
        # % endif
        super().__init__(*arguments, **options)
        self._has_prefix = not self.routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # A prefix such as /teams/{team} is known up to its first parameter.
        if self._has_prefix and self.prefix.partition("{")[0] not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)

    def mount(self, *arguments: Any, **options: Any) -> None:
        self._has_prefix = False
        super().mount(*arguments, **options)

    def host(self, *arguments: Any, **options: Any) -> None:
        self._has_prefix = False
        super().host(*arguments, **options)

    def add_route(self, *arguments: Any, **options: Any) -> None:
        self._has_prefix = False
        super().add_route(*arguments, **options)

    def add_websocket_route(self, *arguments: Any, **options: Any) -> None:
        self._has_prefix = False
        super().add_websocket_route(*arguments, **options)
