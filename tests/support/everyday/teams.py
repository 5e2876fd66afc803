"""All additions that are compared."""

from . import (
    dependencies,
    handlers,
    middlewares,
    mounts,
    responses,
    routers,
    security,
    sockets,
    streams,
    uploads,
)

TEAMS = (
    dependencies.TEAM,
    *handlers.TEAMS,
    middlewares.INSIDE,
    middlewares.OUTSIDE,
    mounts.TEAM,
    responses.TEAM,
    routers.TEAM,
    security.TEAM,
    sockets.TEAM,
    streams.TEAM,
    uploads.TEAM,
)
