"""What a collector receives, and what it does not."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.trace import NoOpTracer
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from app.settings import Settings
from app.telemetry import tracing
from tests.support.processes import until
from tests.telemetry.traced.collector import PARENT, SAMPLED, TRACE, Collector, as_dict, lines_of_log

SECRET = "s3cret"


def test_a_request_is_a_span_in_the_trace_of_its_client(client: TestClient, collector: Collector) -> None:
    assert client.get("/v1/test-probe/item/7").status_code == 200
    (span,) = until(lambda: collector.named("GET /v1/test-probe/item/{number}"))
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    attributes = as_dict(span.attributes)
    assert attributes["http.route"] == "/v1/test-probe/item/{number}"
    assert attributes["http.response.status_code"] == 200


def test_probes_scrapes_and_requests_that_are_not_sampled_send_nothing(
    client: TestClient, collector: Collector
) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        client.get(path)
    client.get("/probe/speaks", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    client.get("/v1/test-probe/item/7")
    until(lambda: collector.named("GET /v1/test-probe/item/{number}"))
    names = {span.name for span in collector.spans if span.trace_id.hex() == TRACE and span.kind == 2}
    assert names == {"GET /v1/test-probe/item/{number}"}


def test_nothing_that_a_client_has_sent_leaves_the_process(client: TestClient, collector: Collector) -> None:
    client.headers.update({"Cookie": f"session={SECRET}", "X-Api-Key": SECRET})
    assert client.post("/probe/fails", json={"name": SECRET}).status_code == 500
    assert client.post("/probe/fails", json=[SECRET]).status_code == 422
    spans: list[Any] = until(lambda: (found := collector.named("POST /probe/fails"))[1:] and found)
    assert sorted(as_dict(span.attributes)["http.response.status_code"] for span in spans) == [422, 500]
    assert not any(SECRET.encode() in body for body in collector.bodies)


def test_each_line_within_a_span_has_its_ids(client: TestClient, collector: Collector) -> None:
    with lines_of_log() as lines:
        client.get("/probe/speaks")
    (line,) = [line for line in lines() if line["event"] == "spoken"]
    (span,) = until(lambda: collector.named("GET /probe/speaks"))
    assert (line["trace_id"], line["span_id"]) == (TRACE, span.span_id.hex())
    assert line["trace_id_"] == "ours"


def test_a_measurement_leads_to_its_trace(client: TestClient) -> None:
    client.get("/probe/speaks")
    scrape = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    samples = [each for family in text_string_to_metric_families(scrape.text) for each in family.samples]
    traces = {
        each.exemplar.labels["trace_id"]
        for each in samples
        if each.exemplar and each.labels.get("http_route") == "/probe/speaks"
    }
    assert traces == {TRACE}


def test_what_is_left_is_sent_at_the_end(
    collector: Collector, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    with TestClient(app, headers=SAMPLED) as client:
        client.get("/v1/test-probe/item/7")
        assert collector.bodies == []
    assert collector.named("GET /v1/test-probe/item/{number}")


def test_a_span_after_the_end_is_no_line_of_the_log(collector: Collector, app: FastAPI) -> None:
    with TestClient(app):
        pass
    with TestClient(app) as later, structlog.testing.capture_logs() as lines:
        later.get("/v1/test-probe/item/7", headers=SAMPLED)
    assert [line for line in lines if line.get("logger", "").startswith("opentelemetry")] == []


@pytest.fixture(params=["refuses", "is silent"])
def unreachable(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "is silent":
            listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    # What still waits for it would log in a later test.
    until(lambda: not any("SpanRecord" in thread.name for thread in threading.enumerate()))


def test_a_collector_that_is_unreachable_holds_nothing_up(
    unreachable: str, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", unreachable)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "4")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    with TestClient(app, headers=SAMPLED) as client:
        for _ in range(20):
            started = time.monotonic()
            assert client.get("/v1/test-probe/item/7").status_code == 200
            assert time.monotonic() - started < 2
        started = time.monotonic()
    assert time.monotonic() - started < 10


def test_a_library_that_is_silent_has_no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "SILENT", {"loud"})
    provider = tracing.make_provider(Settings(_env_file=None))
    tracers = [provider.get_tracer(name) for name in ("loud", "loud.part", "louder")]
    assert [isinstance(each, NoOpTracer) for each in tracers] == [True, True, False]


def test_the_resource_says_which_revision_it_is(collector: Collector, client: TestClient) -> None:
    client.get("/probe/speaks")
    until(lambda: collector.named("GET /probe/speaks"))
    assert all(each["service.name"] for each in collector.resources)


def test_a_client_cannot_fill_the_log_by_a_bad_header(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/v1/test-probe/item/7", headers={"tracestate": "a b"})
    assert [line["event"] for line in lines] == ["request"]


def test_an_empty_endpoint_counts_as_none(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    before = {*threading.enumerate()}
    with TestClient(app):
        assert not [each for each in {*threading.enumerate()} - before if "SpanRecord" in each.name]


def test_a_collector_that_takes_nothing_is_one_line_and_its_return_another(
    client: TestClient, collector: Collector
) -> None:
    with structlog.testing.capture_logs() as lines:
        for collector.status in (400, 200):
            for batches in range(len(collector.bodies) + 1, len(collector.bodies) + 4):
                client.get("/v1/test-probe/item/7")
                until(lambda batches=batches: len(collector.bodies) >= batches)
        until(lambda: any(line["event"] == "spans_exported_again" for line in lines))
    about = [line["event"] for line in lines if line["event"] != "request"]
    assert about == ["spans_lost", "spans_exported_again"]
