"""Whom the page is for: people with a keyboard, a screen reader, a phone, the dark, another language."""

import json
import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from support.cruft import commit, copy_history
from support.fixtures import Tell
from support.hooks import FIELDS
from support.site.axe import violations
from support.site.builds import build
from support.site.fixtures import NewVisitor
from support.site.hosts import Host, hosting
from support.site.visitor import Visitor
from support.site.words import ENGLISH, KOREAN

pytestmark = [pytest.mark.xdist_group("site"), pytest.mark.timeout(600)]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PHONE: ViewportSize = {"width": 380, "height": 760}
TABS = ("files", "changes", "releases", "try", "take")
ANSWERS = {"database": "none", "domains": "books(title:text unique, status:new|sold)"}


def test_axe_finds_nothing_in_any_state(visitors: NewVisitor) -> None:
    visitor = visitors().visit()
    assert violations(visitor.page) == []
    visitor.shoot("start")
    visitor.follow(ANSWERS).render().page.click("#domain-editor summary")
    for theme in SCHEMES:
        visitor.page.emulate_media(color_scheme=theme)
        for name in TABS:
            assert violations(visitor.tab(name).page) == [], (theme, name)
            visitor.shoot(f"{name}-{theme}")
    visitor.start_service().send("POST", "/v1/books", {})
    assert violations(visitor.page) == []
    visitor.shoot("trial-dark")
    visitor.page.click("#theme")
    assert violations(visitor.page) == []


def test_a_refusal_and_what_was_found_are_accessible_too(visitors: NewVisitor) -> None:
    visitor = visitors().visit().follow(ANSWERS).render()
    visitor.page.fill("#search", "Composition root")
    expect(visitor.see("#found strong").first).to_have_text("app/factory.py:1")
    assert violations(visitor.page) == []
    visitor.see("#found button").first.click()
    expect(visitor.see("#viewer h3")).to_have_text("app/factory.py")
    expect(visitor.see("#viewer .hljs-keyword").first).to_be_visible()
    visitor.follow({"tasks": "postgresql"}).page.click("#render")
    visitor.done()
    expect(visitor.see("#refusal pre")).to_be_visible()
    assert violations(visitor.page) == []
    visitor.follow({"domains": "a" * 5000})
    remedy = re.compile("a … a+'?: use lower-case words.{1,150}$")
    for place in ("#domains-mark", "#verdict li"):
        expect(visitor.see(place)).to_have_text(remedy)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    scheme: Scheme, chromium: Browser, host: Host
) -> None:
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme, device_scale_factor=2)
    visitor = Visitor(context, host.url).visit()
    visitor.shoot(f"phone-start-{scheme}")
    visitor.page.click("#domain-editor summary")
    assert width(visitor) <= PHONE["width"]
    visitor.follow(ANSWERS).render()
    for name in TABS:
        visitor.tab(name)
        assert width(visitor) <= PHONE["width"], name
        visitor.see("#results").scroll_into_view_if_needed()
        visitor.shoot(f"phone-{name}-{scheme}")
    assert violations(visitor.page) == []
    context.close()
    assert visitor.errors == []


def width(visitor: Visitor) -> int:
    found: int = visitor.page.evaluate("document.documentElement.scrollWidth")
    return found


def test_a_keyboard_is_enough(visitors: NewVisitor) -> None:
    visitor = visitors().visit()
    keyboard = visitor.page.keyboard
    keyboard.press("Tab")
    expect(visitor.see(".skip")).to_be_focused()
    visitor.see("#database-sqlite").focus()
    keyboard.press("ArrowDown")
    assert visitor.answers()["database"] == "postgresql"
    visitor.see("#render").focus()
    keyboard.press("Enter")
    expect(visitor.see("body.rendered")).to_be_attached()
    visitor.done()
    visitor.see("#tab-files").focus()
    for name in (*TABS[1:], TABS[0]):
        keyboard.press("ArrowRight")
        visitor.done()
        expect(visitor.see(f"#{name}")).to_be_visible()
        expect(visitor.see(f"#tab-{name}")).to_be_focused()
    visitor.see(".tree > li > button").first.focus()
    keyboard.press("Enter")
    expect(visitor.see(".tree [aria-current]")).to_be_focused()


def test_the_page_speaks_korean(visitors: NewVisitor) -> None:
    visitor = visitors().visit().follow(ANSWERS)
    visitor.page.select_option("#language", "ko")
    expect(visitor.see("#render")).to_have_text(KOREAN["render"])
    assert visitor.see("html").get_attribute("lang") == "ko"
    assert KOREAN["asked"]["database"]["text"] in visitor.text("#questions")
    assert visitor.answers() | ANSWERS == visitor.answers()
    visitor.render().shoot("korean")
    assert violations(visitor.page) == []
    again = visitors().visit()
    expect(again.see("#render")).to_have_text(KOREAN["render"])
    again.page.select_option("#language", "en")
    expect(again.see("#render")).to_have_text(ENGLISH["render"])


def test_the_editor_writes_the_text_of_domains(visitors: NewVisitor) -> None:
    visitor = visitors().visit().follow({"domains": "customers(email:text unique)"})
    page = visitor.page
    page.click("#domain-editor summary")
    page.get_by_role("button", name=ENGLISH["addDomain"]).click()
    page.fill("#domain-1", "orders")
    for number, (name, type_) in enumerate(
        (("customer", "customers"), ("total", "decimal"), ("status", "new|done"))
    ):
        page.get_by_role("button", name=ENGLISH["addField"]).last.click()
        page.fill(f"#field-1-{number}", name)
        page.select_option(f"#field-1-{number}-type", type_)
    page.fill("#field-1-2-values", "new|paid")
    page.locator(".domain").last.locator(".field").nth(1).get_by_label(ENGLISH["optional"]).check()
    text = "customers(email:text unique), orders(customer:customers, total:decimal?, status:new|paid)"
    assert visitor.answers()["domains"] == text
    visitor.render().shoot("editor")
    expect(visitor.see("#verdict.good")).to_be_visible()
    page.locator(".domain").first.get_by_role("button", name="Remove domain").click()
    expect(visitor.see("#domains-mark")).to_contain_text("'customers' is no type and no domain")
    assert visitor.answers()["domains"] == text.partition(", ")[2]


DOMAINS = (
    "users, orders",
    "none",
    "person:people(name, born:date?)",
    "enrolments(student:students, course:courses, grade:int?) unique, students, courses()",
    "orders(number:text unique, note:text?, status:new|paid|in-transit? , at : datetime)",
)


@pytest.mark.parametrize("text", DOMAINS)
def test_the_editor_means_what_the_text_means(text: str, visitors: NewVisitor) -> None:
    """It may write it otherwise: the scaffold reads the same of both."""
    page = visitors().visit().page
    script = "async (text) => { const { readDomains, writeDomains } = await import('./scripts/domains.js');"
    script += " return writeDomains(readDomains(text)); }"
    written = page.evaluate(script, text)
    page.close()
    assert FIELDS.read_domains(written) == FIELDS.read_domains(text)


def test_a_new_question_needs_no_change_of_the_page(chromium: Browser, tmp_path: Path) -> None:
    history = copy_history(tmp_path / "template")
    path = history / "cookiecutter.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    prompts = known.pop("__prompts__")
    prompts["cache"] = {"__prompt__": "Cache", "none": "No cache", "memory": "In memory"}
    known |= {"cache": ["none", "memory"], "motto": "Simple", "__prompts__": prompts}
    path.write_text(json.dumps(known, indent=2), encoding="utf-8")
    commit(history)
    site = build(history, tmp_path / "site", "--old", "HEAD~1", "--new", "HEAD")
    context = chromium.new_context()
    with hosting(site) as host:
        visitor = Visitor(context, host.url).visit().follow({"cache": "memory", "motto": "Plain"})
        assert visitor.see("#cache-memory").is_checked()
        assert "In memory" in visitor.text("#questions")
        made = visitor.zip()
        context.close()
    answers = json.loads(made[".cruft.json"])["context"]["cookiecutter"]
    assert (answers["cache"], answers["motto"]) == ("memory", "Plain")
    assert visitor.errors == []


def test_how_long_it_takes(chromium: Browser, host: Host, tell: Tell) -> None:
    """To be read: a busy machine takes longer."""
    context = chromium.new_context()
    visitor = Visitor(context, host.url).visit()
    script = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    tell(f"first paint: {visitor.page.evaluate(script):.0f} ms")
    measure = "async () => { const start = performance.now(); document.querySelector('#render').click();"
    measure += (
        " while (!document.querySelector('#progress').hidden) await new Promise((r) => setTimeout(r, 20));"
    )
    measure += " return performance.now() - start; }"
    first = visitor.page.evaluate(measure)
    later = visitor.page.evaluate(measure)
    tell(f"first render, with all that it loads: {first / 1000:.1f} s; a later one: {later / 1000:.1f} s")
    context.close()
    assert later < first
