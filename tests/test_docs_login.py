"""The API page in a real browser: it logs in at a provider by PKCE, and then calls the service."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.fixtures import Render
from support.programs import free_port, serving
from support.servers import Servers
from support.site.browsers import browser

pytestmark = pytest.mark.timeout(600)
PATIENCE = 30_000


@pytest.fixture
def url(render: Render, servers: Servers, tmp_path: Path) -> Iterator[str]:
    answers = {"auth": "oidc", "database": "none", "tasks": "none", "domains": "orders"}
    service = render(tmp_path, answers)
    url = f"http://127.0.0.1:{free_port()}"
    command = f"exec {sys.executable} -m uvicorn app.main:app --port {url.rpartition(':')[2]}"
    settings = {**servers.settings(["issuer"]), "OIDC_CLIENT_ID": "docs", "DRAIN_DELAY": "0"}
    with serving(command, f"{url}/health/ready", service, tmp_path / "log", settings):
        yield url


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as opened:
        page = opened.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield page


def call(page: Page, operation: str) -> str:
    """The status that the page shows of an operation, called with what the page knows."""
    block = page.locator(f"#operations-{operation}")
    if not block.get_by_role("button", name="Execute").count():
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
    with page.expect_response("**/v1/orders*") as response:
        block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table .response-col_status").last).to_contain_text(
        str(response.value.status)
    )
    return str(response.value.status)


def test_the_page_logs_in_by_pkce_and_calls_an_operation(page: Page, url: str) -> None:
    page.goto(f"{url}/docs")
    assert call(page, "orders-list_orders") == "401"
    page.get_by_role("button", name="Authorize").first.click()
    flow = page.locator(".auth-container").filter(has_text="PKCE").last
    assert flow.get_by_label("client_id").input_value() == "docs"
    with page.expect_popup() as popup:
        flow.locator("button", has_text="Authorize").click()
    # The popup is at the provider, then at the page to which it returns, and closes.
    expect(flow.locator("button", has_text="Logout")).to_be_visible()
    assert popup.value.is_closed()
    page.locator(".btn-done").first.click()
    assert call(page, "orders-list_orders") == "200"
