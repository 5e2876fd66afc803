from fastapi.testclient import TestClient


def test_metrics_can_be_scraped(client: TestClient) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert "python_info" in response.text
