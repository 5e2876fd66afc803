"""What Prometheus scrapes."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def install_metrics(app: FastAPI, *refresh: Callable[[Request], Awaitable[None]]) -> None:
    """Serve every metric of this process; `refresh` sets those that are counted elsewhere."""

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        for each in refresh:
            await each(request)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
