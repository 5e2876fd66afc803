import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.mark.parametrize("root_path", ["", "/api"])
def test_the_api_page_needs_nothing_from_elsewhere(app: FastAPI, root_path: str) -> None:
    client = TestClient(app, root_path=root_path)
    page = client.get(f"{root_path}/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 3
    for link in links:
        assert link.startswith(f"{root_path}/docs/")
        assert client.get(link).status_code == 200
    assert f"url: '{root_path}/openapi.json'" in page.text


def test_nothing_else_is_served_from_there(client: TestClient) -> None:
    assert client.get("/docs/static/..%2fcore.py").status_code == 404
    assert client.get("/docs/static/").status_code == 404
