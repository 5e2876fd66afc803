"""A rendered service that runs in the page; and the page without a network."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.paths import ROOT
from support.site.builds import MOST_BEFORE_RENDERING, MOST_BYTES, size
from support.site.fixtures import NewVisitor
from support.site.hosts import Host, hosting
from support.site.visitor import Visitor
from support.site.words import ENGLISH, KOREAN

pytestmark = [pytest.mark.xdist_group("site"), pytest.mark.timeout(600)]

ANSWERS = {"database": "none", "domains": "books(title:text unique, price:decimal, status:new|sold)"}
BOOK = {"title": "책", "price": "12.50", "status": "new"}


@pytest.fixture(scope="module")
def running(visitors: NewVisitor) -> Visitor:
    return visitors().visit().follow(ANSWERS).start_service()


def test_a_service_creates_and_lists_and_says_what_is_wrong(running: Visitor) -> None:
    status, book = running.send("POST", "/v1/books", BOOK)
    assert status == 201, book
    assert (status, book["title"], book["price"]) == (201, "책", "12.5000")
    assert running.send("GET", "/v1/books?status=new")[1]["items"] == [book]
    status, problem = running.send("POST", "/v1/books", {"title": ""})
    assert (status, problem["status"]) == (422, 422)
    status, problem = running.send("GET", "/v1/books/00000000-0000-4000-8000-000000000000")
    assert (status, problem["status"]) == (404, 404)
    assert running.send("POST", "/v1/books", BOOK)[0] == 409
    assert running.see("#requests .s4").count() == 3
    expect(running.see("#requests tr").nth(1)).to_contain_text(problem["title"])


def test_a_task_is_followed_to_its_end(running: Visitor) -> None:
    status, task = running.send("POST", "/simulations", {"wait_time": 1})
    assert (status, task["state"]) == (202, "queued")
    expect(running.see("#requests [data-task=succeeded]")).to_be_visible()
    assert running.send("GET", f"/tasks/{task['id']}")[1]["result"]
    assert "service_started" in running.text("#service-log")
    running.shoot("trial")


def test_its_own_api_page_is_shown_and_sends_requests(running: Visitor) -> None:
    frame = running.page.frame_locator("#docs iframe")
    frame.locator("#operations-books-list_books").click()
    frame.locator(".try-out__btn").click()
    frame.locator(".execute").click()
    expect(frame.locator(".live-responses-table .response .response-col_status").first).to_contain_text("200")
    expect(running.see("#requests tr").first).to_contain_text("/v1/books")
    running.see("#docs").scroll_into_view_if_needed()
    running.shoot("trial-docs")


def test_an_operation_brings_an_example_of_its_body(running: Visitor) -> None:
    running.page.select_option("#operation", label="POST /v1/books")
    assert json.loads(running.see("#body").input_value()).keys() == BOOK.keys()
    running.page.click("#send")
    expect(running.see("#response")).to_contain_text("201")


def test_many_clicks_start_it_once_and_it_says_when_the_answers_are_others(running: Visitor) -> None:
    running.page.dblclick("#trial-start")
    expect(running.see("#trial-start")).to_be_disabled()
    running.see("#trial.running").wait_for()
    expect(running.see("#trial-start")).to_be_enabled()
    assert running.text("#service-log").count("service_started") == 1
    expect(running.see("#trial-aged")).to_be_hidden()
    running.follow({**ANSWERS, "ci": "none"})
    expect(running.see("#trial-aged")).to_have_text(ENGLISH["trialAged"])
    running.follow(ANSWERS)
    expect(running.see("#trial-aged")).to_be_hidden()


def test_another_choice_runs_as_the_nearest_one_and_says_so(visitors: NewVisitor) -> None:
    answers = {"database": "postgresql", "tasks": "postgresql", "model_serving": "onnx", "telemetry": "full"}
    visitor = visitors().visit().follow(answers).start_service()
    told = visitor.text("#trial-changed")
    for words in ("database=none", "tasks=in-process", "model_serving=none", "telemetry=metrics"):
        assert words in told
    assert visitor.answers() | answers == visitor.answers()
    assert visitor.send("GET", "/health/ready")[0] == 200
    visitor.page.click("#trial-stop")
    expect(visitor.see("#trial")).to_be_hidden()


def test_the_page_works_without_a_network_after_the_first_visit(chromium: Browser, site: Path) -> None:
    """And it loads no more than it says, and little of that before a render is asked for."""
    assert size(site) <= MOST_BYTES
    context = chromium.new_context()
    with hosting(site) as host:
        visitor = Visitor(context, host.url).visit()
        assert sum(host.sent.values()) <= MOST_BEFORE_RENDERING
        assert [path for path in host.sent if "/parts/" in path] == []
        visitor.follow(ANSWERS).start_service()
        visitor.tab("releases")
        assert sum(host.sent.values()) <= MOST_BYTES
    # The host is gone, and the network too.
    context.set_offline(True)
    again = Visitor(context, visitor.url).visit()
    made = again.follow({"database": "none", "ci": "none"}).zip()
    assert "app/main.py" in made
    again.start_service()
    assert again.send("GET", "/health/ready")[0] == 200
    again.tab("files").shoot("offline")
    context.close()
    assert visitor.errors + again.errors == []


def test_all_parts_can_be_kept_before_they_are_asked_for(chromium: Browser, host: Host) -> None:
    context = chromium.new_context()
    visitor = Visitor(context, host.url).visit()
    visitor.page.click("#keep")
    expect(visitor.see("#keep")).to_have_text(ENGLISH["kept"])
    script = "async () => (await (await caches.open('parts')).keys()).map((kept) => kept.url)"
    kept = visitor.page.evaluate(script)
    parts = visitor.page.evaluate(
        "async () => Object.values((await (await fetch('data.json')).json()).parts)"
    )
    context.close()
    assert sorted(kept) == sorted(f"{host.url}{part}" for part in parts)
    assert visitor.errors == []


def test_what_was_never_loaded_says_so_on_its_tab_and_can_be_asked_for_again(
    chromium: Browser, site: Path
) -> None:
    context = chromium.new_context()
    with hosting(site) as host:
        visitor = Visitor(context, host.url).visit().follow(ANSWERS).render()
    visitor.page.click("#keep")
    expect(visitor.see("#keep-status")).to_have_text(ENGLISH["keepFailed"])
    visitor.tab("try").page.click("#trial-start")
    expect(visitor.see("#refusal")).to_have_text(ENGLISH["unreachable"])
    visitor.page.select_option("#language", "ko")
    expect(visitor.see("#refusal")).to_have_text(KOREAN["unreachable"])
    expect(visitor.see("#keep-status")).to_have_text(KOREAN["keepFailed"])
    expect(visitor.tab("files").see("#refusal")).to_be_empty()
    expect(visitor.tab("releases").see("#refusal")).to_have_text(KOREAN["unreachable"])
    visitor.tab("files")
    with hosting(site, host.server_port):
        visitor.page.click("#keep")
        expect(visitor.see("#keep")).to_have_text(KOREAN["kept"])
    assert visitor.text("#keep-status") == ""
    expect(visitor.tab("releases").see("#releases-list summary").first).to_be_visible()
    context.close()
    # The browser's own words for each file that it did not get.
    assert [error for error in visitor.errors if "Failed to load resource" not in error] == []


def test_nothing_comes_from_another_host() -> None:
    for path in (ROOT / "site").rglob("*.[hjc][ts]*"):
        found = [line for line in path.read_text(encoding="utf-8").splitlines() if "://" in line]
        assert [line for line in found if "http://www.w3.org" not in line] == [], path
