"""A router that costs next to nothing for the requests of other routers."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class PrefixRouter(APIRouter):
    """FastAPI tries the routes of each router in turn; this one first looks for its prefix in the path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # A prefix such as /teams/{team} is known up to its first parameter.
        if self.prefix.partition("{")[0] not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)
