"""The API page in a real browser: its policy lets it do all that it does, and nothing else."""

import sys
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from support.fixtures import Render
from support.programs import free_port, serving
from support.site.browsers import browser

# In one process: they share a service.
pytestmark = [pytest.mark.xdist_group("docs page"), pytest.mark.timeout(300)]
POLICY = "content-security-policy"


@pytest.fixture(scope="module")
def url(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("docs")
    service = render(folder, {"database": "none", "model_serving": "onnx"})
    url = f"http://127.0.0.1:{free_port()}"
    command = f"exec {sys.executable} -m uvicorn app.main:app --port {url.rpartition(':')[2]}"
    with serving(command, f"{url}/health/live", service, folder / "log", {"DRAIN_DELAY": "0"}):
        yield url


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


class Visit:
    """A page, and what the browser has complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))

    def use(self, url: str) -> None:
        """Open it, send requests with and without a body, read a schema, and enter a token."""
        self.page.goto(f"{url}/docs")
        self.send("health-live", "200")
        self.send("users-create_user", "201")
        self.page.locator(".models .json-schema-2020-12-accordion").first.click()
        self.page.get_by_role("button", name="Authorize").first.click()
        self.page.locator(".auth-container input").fill("a token")
        self.page.locator(".auth-btn-wrapper button").first.click()
        self.page.wait_for_load_state("networkidle")

    def send(self, name: str, status: str) -> None:
        operation = self.page.locator(f"#operations-{name}")
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        operation.get_by_role("button", name="Execute").click()
        row = operation.locator(".live-responses-table .response td.response-col_status")
        expect(row).to_contain_text(status)


@pytest.fixture
def visit(chrome: Browser) -> Iterator[Visit]:
    context = chrome.new_context()
    context.set_default_timeout(15_000)
    yield Visit(context.new_page())
    context.close()


def test_the_page_works_and_the_browser_has_nothing_to_complain_of(url: str, visit: Visit) -> None:
    visit.use(url)
    assert visit.complaints == []


SOURCES = ("connect-src 'self'", "img-src 'self' data:", "style-src 'self'", "script-src 'self'")


@pytest.mark.long
@pytest.mark.parametrize(
    "source", [f"{each.split()[0]} {word}" for each in SOURCES for word in each.split()[1:]]
)
def test_each_source_that_its_policy_allows_is_needed(url: str, visit: Visit, source: str) -> None:
    kind, word = source.split()

    def tighten(route: Route) -> None:
        response = route.fetch()
        directives = response.headers[POLICY].split("; ")
        changed = [each.replace(f" {word}", "") if each.startswith(kind) else each for each in directives]
        assert changed != directives
        route.fulfill(response=response, headers={**response.headers, POLICY: "; ".join(changed)})

    visit.page.route("**/docs", tighten)
    try:
        visit.use(url)
    except Exception:
        assert visit.complaints
    assert "Content Security Policy" in " ".join(visit.complaints)


def test_no_script_of_another_page_runs_there(url: str, visit: Visit) -> None:
    visit.page.goto(f"{url}/docs")
    visit.page.evaluate(
        "document.body.appendChild(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert visit.page.evaluate("window.ran") is None
    assert "Content Security Policy" in " ".join(visit.complaints)


def test_the_redirect_page_of_a_login_runs_its_own_script(url: str, visit: Visit) -> None:
    visit.page.goto(f"{url}/docs/oauth2-redirect")
    assert [text for text in visit.complaints if "Content Security Policy" in text] == []
    assert POLICY in httpx2.get(f"{url}/docs/oauth2-redirect").headers
