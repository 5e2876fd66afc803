from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import literal, select, text

from app.database import SessionDep
from tests.support.processes import until
from tests.telemetry.traced.collector import TRACE, Collector, as_dict


@pytest.fixture
def client(app: FastAPI, client: TestClient) -> TestClient:
    @app.get("/probe/value")
    async def value(session: SessionDep, value: str) -> str | None:
        return await session.scalar(select(literal(value)))

    @app.get("/probe/broken")
    async def broken(session: SessionDep) -> None:
        await session.execute(text("SELECT :value FROM nothing"), {"value": "s3cret"})

    @app.get("/probe/empty")
    async def empty(session: SessionDep) -> None:
        await (await session.connection()).exec_driver_sql("")

    return client


def statement_of(collector: Collector, name: str) -> Any:
    """The last one of a request: that of its handler."""
    (request,) = until(lambda: collector.named(name))
    spans = [span for span in collector.named("SELECT") if span.parent_span_id == request.span_id]
    return max(spans, key=lambda span: span.start_time_unix_nano)


def test_a_statement_is_a_span_of_its_request_without_values(
    client: TestClient, collector: Collector
) -> None:
    assert client.get("/probe/value?value=s3cret").json() == "s3cret"
    select = statement_of(collector, "GET /probe/value")
    assert select.trace_id.hex() == TRACE
    statement = as_dict(select.attributes)["db.query.text"]
    assert statement.startswith("SELECT ")
    assert "s3cret" not in statement


def test_a_statement_that_fails_says_so_without_the_text_of_its_error(
    client: TestClient, collector: Collector
) -> None:
    client.get("/probe/broken")
    failed = statement_of(collector, "GET /probe/broken")
    assert (failed.status.code, failed.status.message) == (2, "")
    assert as_dict(failed.attributes)["error.type"]
    assert b"s3cret" not in failed.SerializeToString()


def test_a_statement_without_a_word_is_a_span_too(client: TestClient, collector: Collector) -> None:
    assert client.get("/probe/empty").status_code == 200
    (request,) = until(lambda: collector.named("GET /probe/empty"))
    children = [span for span in collector.spans if span.parent_span_id == request.span_id]
    assert "" in [as_dict(span.attributes).get("db.query.text") for span in children]
