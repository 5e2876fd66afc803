from fastapi.testclient import TestClient

from tests.support.processes import until
from tests.support.waiting import Wait, submit
from tests.telemetry.traced.collector import TRACE, Collector, as_dict, lines_of_log


def test_an_attempt_is_a_span_that_leads_to_its_request(
    client: TestClient, wait: Wait, collector: Collector
) -> None:
    record = wait(submit(client, "echo", value="s3cret"))
    (request,) = until(lambda: collector.named("POST /v1/test-probe/{name}"))
    (attempt,) = until(lambda: collector.named("task probe.echo"))
    (link,) = attempt.links
    assert attempt.trace_id.hex() == TRACE
    assert (link.trace_id.hex(), link.span_id) == (TRACE, request.span_id)
    assert as_dict(attempt.attributes) == {
        "task.id": record["id"],
        "task.attempt": 1,
        "task.state": "succeeded",
    }
    assert not any(b"s3cret" in body for body in collector.bodies)


def test_an_attempt_that_fails_sends_no_text_of_its_error(
    client: TestClient, wait: Wait, collector: Collector
) -> None:
    wait(submit(client, "fail"))
    (attempt,) = until(lambda: collector.named("task probe.fail"))
    assert (attempt.status.code, attempt.status.message, len(attempt.events)) == (2, "", 0)
    assert not any(b"s3cret" in body for body in collector.bodies)


def test_the_task_of_a_request_that_is_not_sampled_is_not_sampled(
    client: TestClient, wait: Wait, collector: Collector
) -> None:
    unsampled = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-00"}
    wait(client.post("/v1/test-probe/log", headers=unsampled).headers["Location"])
    wait(submit(client, "echo"))
    until(lambda: collector.named("task probe.echo"))
    assert collector.named("task probe.log") == []


def test_the_line_that_ends_an_attempt_has_the_ids_of_its_span(
    client: TestClient, wait: Wait, collector: Collector
) -> None:
    with lines_of_log() as lines:
        wait(submit(client, "echo"))
    (attempt,) = until(lambda: collector.named("task probe.echo"))
    (line,) = [line for line in lines() if line["event"] == "attempt_finished"]
    assert (line["trace_id"], line["span_id"]) == (TRACE, attempt.span_id.hex())


def test_the_spans_of_what_delivers_tasks_are_not_sent(
    client: TestClient, wait: Wait, collector: Collector
) -> None:
    wait(submit(client, "fail"))
    until(lambda: collector.named("task probe.fail"))
    assert {name.partition(".")[0] for name in collector.scopes} == {"app", "fastapi"}
