from uuid import uuid4

from fastapi.testclient import TestClient


def test_an_unknown_task_is_not_found(client: TestClient) -> None:
    assert client.get(f"/tasks/{uuid4()}").status_code == 404


def test_an_id_that_is_none_is_not_found(client: TestClient) -> None:
    assert client.get("/tasks/first").status_code == 404
