import re
from base64 import b64encode
from hashlib import sha256

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.mark.parametrize("root_path", ["", "/api"])
def test_the_api_page_needs_nothing_from_elsewhere(app: FastAPI, root_path: str) -> None:
    with TestClient(app, root_path=root_path) as client:
        page = client.get(f"{root_path}/docs")
        assert page.status_code == 200
        links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(links) == 3
        for link in links:
            assert link.startswith(f"{root_path}/docs/")
            assert client.get(link).status_code == 200
    assert f"url: '{root_path}/openapi.json'" in page.text


def test_the_api_page_runs_its_own_scripts_and_no_others(client: TestClient) -> None:
    page = client.get("/docs")
    [script] = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    directives = page.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in directives
    assert f"script-src 'self' 'sha256-{digest}'" in directives


def test_a_title_is_text(app: FastAPI, client: TestClient) -> None:
    app.title = "</title><script>alert(1)</script>"
    assert "<script>alert" not in client.get("/docs").text


def test_nothing_else_is_served_from_there(client: TestClient) -> None:
    assert client.get("/docs/static/..%2fcore.py").status_code == 404
    assert client.get("/docs/static/").status_code == 404
    assert client.get("/docs/nope").status_code == 404


def test_an_asset_is_sent_whole(client: TestClient) -> None:
    """The error of a wrong range would be no problem."""
    response = client.get("/docs/static/favicon.png", headers={"Range": "bytes=9999999-"})
    assert (response.status_code, response.content[1:4]) == (200, b"PNG")


@pytest.mark.parametrize("root_path", ["", "/api"])
def test_the_root_leads_to_the_api_page(app: FastAPI, root_path: str) -> None:
    response = TestClient(app, root_path=root_path).get(f"{root_path}/", follow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (307, f"{root_path}/docs")
    assert "/" not in app.openapi()["paths"]
