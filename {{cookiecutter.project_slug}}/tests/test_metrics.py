from fastapi.testclient import TestClient


def test_metrics_are_shown_in_the_form_of_prometheus(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE python_info gauge\n" in answer.text
