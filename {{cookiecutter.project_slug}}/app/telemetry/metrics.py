"""What Prometheus scrapes: requests here, the work of each part in a module of its own."""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from prometheus_client import REGISTRY, CollectorRegistry, Gauge, Histogram, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Receive, Scope, Send

from app import middleware
from app.settings import Settings
from .routes import RouteTemplates

REQUEST_DURATION = Histogram(
    "http_server_request_duration_seconds",
    "Requests that have ended, but for probes and scrapes.",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
ACTIVE_REQUESTS = Gauge("http_server_active_requests", "Requests in progress, but for probes and scrapes.")
# A scrape comes as often as a probe, and both would hide what clients see.
PROBES = middleware.PROBES | {"/metrics"}
METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}


def is_probe(scope: Scope) -> bool:
    return middleware.path_of(scope) in PROBES


class MeasuredMiddleware(middleware.RequestMiddleware):
    quiet = PROBES

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        super().__init__(app, **options)
        self._templates: RouteTemplates | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._templates is None:
            # At the start of the lifespan, so that no request waits for it.
            self._templates = RouteTemplates(scope["app"].routes)
        if scope["type"] != "http" or is_probe(scope):
            return await super().__call__(scope, receive, send)
        with ACTIVE_REQUESTS.track_inprogress():
            await super().__call__(scope, receive, send)

    def finish(self, method: str, served: Scope, status: int | None, seconds: float) -> None:
        super().finish(method, served, status, seconds)
        if self._templates and not is_probe(served):
            route = self._templates.find(served, status)
            labels = method if method in METHODS else "_OTHER", route, str(status or "")
            REQUEST_DURATION.labels(*labels).observe(seconds, self.exemplar())

    def exemplar(self) -> dict[str, str] | None:
        """What leads from a measurement to its trace, where there is one."""
        return None


def install_middleware(app: FastAPI, settings: Settings) -> None:
    middleware.install_middleware(app, settings, MeasuredMiddleware)


class Snapshot(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self.found = list(found)

    def collect(self) -> Iterable[Metric]:
        return self.found


def install_metrics(
    app: FastAPI, settings: Settings, *read: Callable[[Request], Awaitable[Iterable[Metric]]]
) -> None:
    """Serve every metric of this process; `read` returns those that are counted elsewhere."""

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        check_token(request, settings.metrics_token)
        # Before this request itself waits for a connection, behind all others.
        snapshot = Snapshot(REGISTRY.collect())
        for each in read:
            snapshot.found += await each(request)
        registry = CollectorRegistry()
        registry.register(snapshot)
        encode, media_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), media_type=media_type)


def check_token(request: Request, token: str | None) -> None:
    given = request.headers.get("Authorization", "").encode("latin-1")
    if token and not secrets.compare_digest(given, f"Bearer {token}".encode()):
        detail = "Send the METRICS_TOKEN of the settings as Authorization: Bearer."
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
