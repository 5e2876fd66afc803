"""What is around the routes in tests."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app.middleware import RequestMiddleware


def without_team_middleware(app: FastAPI) -> FastAPI:
    """Which may change headers; within `BaseHTTPMiddleware`, errors and streams end otherwise, too."""
    ours = (RequestMiddleware, CORSMiddleware)
    app.user_middleware = [
        each for each in app.user_middleware if isinstance(each.cls, type) and issubclass(each.cls, ours)
    ]
    return app
