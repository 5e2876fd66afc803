from concurrent.futures import ThreadPoolExecutor

from fastapi.testclient import TestClient

from tests.support.processes import until
from tests.telemetry.traced.collector import Collector, as_dict

FLOWER = [5.1, 3.5, 1.4, 0.2]


def test_a_batch_is_a_span_that_leads_to_the_requests_in_it(client: TestClient, collector: Collector) -> None:
    body = {"instances": [{"features": FLOWER}] * 3}
    with ThreadPoolExecutor(4) as threads:
        send = [threads.submit(client.post, "/predict", json=body) for _ in range(8)]
    assert {each.result().status_code for each in send} == {200}
    until(lambda: len(collector.named("POST /predict")) == 8)
    batches = collector.named("prediction batch")
    requests = {span.span_id for span in collector.named("POST /predict")}
    assert {link.span_id for batch in batches for link in batch.links} == requests
    assert sum(as_dict(batch.attributes)["prediction.rows"] for batch in batches) == 24
