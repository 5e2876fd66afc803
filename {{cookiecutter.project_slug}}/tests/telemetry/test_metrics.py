import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY, Gauge, Metric
from prometheus_client.core import GaugeMetricFamily
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.factory import create_app
from app.settings import Settings
from app.telemetry import install_metrics, install_middleware
from tests.support.middleware import without_team_middleware
from tests.support.processes import until
from tests.telemetry.scrape import bounds, counts_by, scrape, total, value

REQUESTS = "http_server_request_duration_seconds_count"
LABELS = ("http_request_method", "http_route", "http_response_status_code")


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    return without_team_middleware(app)


@pytest.fixture
def before(client: TestClient) -> Counter[tuple[str, ...]]:
    """What other tests of this process have counted."""
    return counts_by(client, REQUESTS, *LABELS)


def counted(client: TestClient, before: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    return counts_by(client, REQUESTS, *LABELS) - before


def test_metrics_can_be_scraped(client: TestClient) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert "python_info" in response.text
    head = client.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")
    assert "/metrics" not in client.get("/openapi.json").json()["paths"]


def test_requests_are_counted_by_the_template_of_their_route(
    client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    for number in range(3):
        client.get(f"/v1/test-probe/item/{number}")
    client.delete("/v1/test-probe/item/1")
    client.head("/v1/test-probe/item/1")
    client.post("/v1/test-probe/item/1", content=b"x" * 10)
    route = "/v1/test-probe/item/{number}"
    assert counted(client, before) == {
        ("GET", route, "200"): 3,
        ("HEAD", route, "200"): 1,
        ("DELETE", route, "405"): 1,
        ("POST", route, "405"): 1,
    }


def test_no_client_can_add_values_to_labels(client: TestClient, before: Counter[tuple[str, ...]]) -> None:
    for number in range(20):
        client.get(f"/nowhere/{number}")
        client.request(f"VERB{number}", f"/nowhere/{number}")
    assert counted(client, before) == {("GET", "unmatched", "404"): 20, ("_OTHER", "unmatched", "404"): 20}


def test_the_buckets_of_requests_are_those_of_the_semantic_conventions(client: TestClient) -> None:
    """Of OpenTelemetry, so that services can be compared."""
    client.get("/v1/test-probe/item/1")
    expected = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, inf)
    assert bounds(client, "http_server_request_duration_seconds") == [*expected]


class Choosy(Convertor[str]):
    """As a team writes one."""

    regex = "[a-z]+"

    def convert(self, value: str) -> str:
        raise ValueError(value)


register_url_convertor("choosier", Choosy())


def test_a_path_parameter_that_cannot_be_converted_is_counted_once(
    app: FastAPI, client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    app.get("/probe/pages/{page:int}")(lambda page: page)
    app.get("/probe/words/{word:choosier}")(lambda word: word)
    client.get("/probe/pages/" + "9" * 5000)
    client.get("/probe/words/a")
    assert counted(client, before) == {("GET", "unmatched", "404"): 1, ("GET", "unmatched", "500"): 1}


def test_probes_and_scrapes_are_not_counted(client: TestClient, before: Counter[tuple[str, ...]]) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        client.get(path)
        client.head(path)
    assert counted(client, before) == {}


def test_a_prefix_of_a_proxy_changes_no_label(app: FastAPI, before: Counter[tuple[str, ...]]) -> None:
    with TestClient(app, root_path="/api") as client:
        client.get("/api/v1/test-probe/item/1")
        client.get("/api/health/live")
        client.get("/api/docs/static/favicon.png")
        assert counted(client, before) == {
            ("GET", "/v1/test-probe/item/{number}", "200"): 1,
            ("GET", "/docs/static/{path}", "200"): 1,
        }


async def item(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.path_params["id"]))


def hides_the_scope(app: ASGIApp) -> ASGIApp:
    async def hiding(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope}, receive, send)

    return hiding


def test_applications_that_are_mounted_have_the_templates_of_their_routes(
    app: FastAPI, client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    inner = FastAPI()
    inner.get("/items/{id}")(lambda id: id)
    app.mount("/probe/teams/{team}", inner)
    app.mount("/probe/plain", Starlette(routes=[Route("/items/{id:int}", item)]))
    app.mount("/probe/hidden", hides_the_scope(inner))
    for path in (
        "/probe/teams/red/items/1",
        "/probe/teams/blue/items/2",
        "/probe/teams/red/nothing",
        "/probe/plain/items/3",
    ):
        client.get(path)
    client.get("/probe/hidden/items/4")
    assert counted(client, before) == {
        ("GET", "/probe/teams/{team}/items/{id}", "200"): 2,
        ("GET", "/probe/teams/{team}/{path}", "404"): 1,
        ("GET", "/probe/plain/items/{id}", "200"): 1,
        ("GET", "/probe/hidden/{path}", "200"): 1,
    }


def test_routers_of_a_team_have_their_templates_too(
    app: FastAPI, client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    router = APIRouter(prefix="/shelves")

    @router.get("/{name}")
    @router.get("/{name}/books/{file:path}")
    async def shelf(name: str) -> str:
        return name

    router.add_route("/raw/{id}/parts", item)
    nested = APIRouter(prefix="/old")
    nested.include_router(router)
    for parent in (router, nested):
        app.include_router(parent, prefix="/v2")
    paths = ("/v2/shelves/top", "/v2/shelves/top/books/a/b", "/v2/old/shelves/top", "/v2/raw/1/parts")
    for path in paths:
        assert client.get(path).status_code == 200
    assert {route for _, route, _ in counted(client, before)} == {
        "/v2/shelves/{name}",
        "/v2/shelves/{name}/books/{file}",
        "/v2/old/shelves/{name}",
        "/v2/raw/{id}/parts",
    }


def test_a_middleware_that_copies_the_scope_hides_no_route(app: FastAPI, settings: Settings) -> None:
    app.user_middleware.clear()
    app.add_middleware(hides_the_scope)
    install_middleware(app, settings)
    with TestClient(app) as client:
        before = counts_by(client, REQUESTS, *LABELS)
        client.get("/v1/test-probe/item/1")
        assert counted(client, before) == {("GET", "/v1/test-probe/item/{number}", "200"): 1}


def test_requests_in_progress_and_their_durations_are_measured(client: TestClient) -> None:
    route = {"http_request_method": "GET", "http_route": "/v1/test-probe/slow"}
    spent = total(client, "http_server_request_duration_seconds_sum", **route)
    with ThreadPoolExecutor(20) as threads:
        started = time.monotonic()
        requests = [threads.submit(client.get, "/v1/test-probe/slow?seconds=3") for _ in range(20)]
        until(lambda: value(client, "http_server_active_requests") == 20)
    took = time.monotonic() - started
    assert {each.result().status_code for each in requests} == {200}
    assert value(client, "http_server_active_requests") == 0
    spent = total(client, "http_server_request_duration_seconds_sum", **route) - spent
    assert 60 <= spent <= 20 * took


def test_a_request_that_fails_is_counted_and_is_no_longer_in_progress(
    app: FastAPI, client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    @app.get("/probe/broken")
    async def broken() -> Response:
        raise RuntimeError("s3cret")

    client.get("/probe/broken")
    assert counted(client, before) == {("GET", "/probe/broken", "500"): 1}
    assert value(client, "http_server_active_requests") == 0


def test_every_format_of_prometheus_is_served(client: TestClient) -> None:
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


def test_a_response_that_breaks_off_has_no_status(
    app: FastAPI, client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    @app.get("/probe/broken-off")
    async def broken_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"the beginning"
            raise RuntimeError

        return StreamingResponse(parts())

    with pytest.raises(RuntimeError):
        client.get("/probe/broken-off")
    assert counted(client, before) == {("GET", "/probe/broken-off", ""): 1}


def test_a_route_whose_path_begins_like_a_probe_is_counted(
    app: FastAPI, client: TestClient, before: Counter[tuple[str, ...]]
) -> None:
    app.get("/health/records")(lambda: None)
    client.get("/health/records")
    assert counted(client, before) == {("GET", "/health/records", "200"): 1}


def test_a_scrape_is_not_logged(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/metrics")
    assert [line for line in lines if line["event"] == "request"] == []


def test_what_is_measured_is_read_before_a_scrape_waits_itself(settings: Settings) -> None:
    waiting = Gauge("probe_waiting", "What waits.")

    async def read(_: Request) -> Iterable[Metric]:
        waiting.set(1)
        return [GaugeMetricFamily("probe_elsewhere", "What is counted elsewhere.", value=7)]

    app = FastAPI()
    install_metrics(app, settings, read)
    try:
        samples = scrape(TestClient(app))
    finally:
        REGISTRY.unregister(waiting)
    assert samples["probe_waiting", frozenset()] == 0
    assert samples["probe_elsewhere", frozenset()] == 7


METRICS_TOKEN = "8f14e45fceea167a5a36dedd4bea2543"


@pytest.mark.parametrize(
    "value",
    [None, "", "Bearer", "Bearer wrong", f"Basic {METRICS_TOKEN}", f"Bearer {METRICS_TOKEN}x", "\u00e9"],
)
def test_with_a_token_in_the_settings_no_other_scrape_is_served(
    settings: Settings, value: str | None
) -> None:
    app = create_app(settings.model_copy(update={"metrics_token": METRICS_TOKEN}))
    headers = {} if value is None else {b"Authorization": value.encode()}
    with TestClient(app) as client:
        refused = client.get("/metrics", headers=headers)
        allowed = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert refused.status_code == refused.json()["status"] == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert "http_server_active_requests" in allowed.text
