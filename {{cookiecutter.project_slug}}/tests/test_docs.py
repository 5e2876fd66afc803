import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.mark.parametrize("root_path", ["", "/api"])
def test_the_api_page_needs_nothing_from_elsewhere(app: FastAPI, root_path: str) -> None:
    client = TestClient(app, root_path=root_path)
    page = client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 3
    for link in links:
        assert link.startswith(f"{root_path}/docs/")
        asset = client.get(link.removeprefix(root_path))
        assert asset.status_code == 200
        assert len(asset.content) > 500
        assert asset.headers["Cache-Control"] == "max-age=86400"
    assert f"url: '{root_path}/openapi.json'" in page.text


def test_nothing_else_is_served_from_there(client: TestClient) -> None:
    assert client.get("/docs/../settings.py").status_code == 404
    assert client.get("/docs/redoc.standalone.js").status_code == 422
    assert client.get("/redoc").status_code == 404
