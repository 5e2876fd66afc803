"""A person who uses the page: what they do, and what they see."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, expect

from support.paths import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
# A busy machine: Python itself is loaded, and a service rendered.
SLOW = 60_000
expect.set_options(timeout=SLOW)


def link(url: str, answers: Mapping[str, str]) -> str:
    return f"{url}#{urlencode({'answers': json.dumps(answers)})}"


class Visitor:
    """One tab. Errors on its console are collected: there must be none."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url, self.page, self.errors = url, context.new_page(), list[str]()
        self.page.set_default_timeout(SLOW)
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def see(self, selector: str) -> Any:
        return self.page.locator(selector)

    def text(self, selector: str) -> str:
        return self.see(selector).inner_text()

    def visit(self, url: str = "") -> "Visitor":
        self.page.goto(url or self.url)
        self.see("body.ready").wait_for()
        return self

    def follow(self, answers: Mapping[str, str]) -> "Visitor":
        """A link with answers; in a page that is open, only what follows the # changes."""
        return self.visit(link(self.url, answers))

    def answers(self) -> dict[str, str]:
        """What the form holds."""
        script = "() => Object.fromEntries(new FormData(document.querySelector('#form')))"
        found: dict[str, str] = self.page.evaluate(script)
        return found

    def render(self) -> "Visitor":
        self.page.click("#render")
        self.done()
        assert self.text("#refusal") == ""
        return self

    def done(self) -> None:
        """Once it has started to work, until it has ended."""
        expect(self.see("#render")).to_be_enabled()
        expect(self.see("#progress")).to_be_hidden()

    def tab(self, name: str) -> "Visitor":
        self.page.click(f"#tab-{name}")
        self.done()
        return self

    def zip(self) -> dict[str, bytes]:
        """The files in the ZIP that the page makes, without the folder that all of them are in."""
        self.tab("take")
        with self.page.expect_download(timeout=SLOW) as started:
            self.page.click("#zip")
        content = Path(started.value.path()).read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {info.filename.partition("/")[2]: archive.read(info) for info in archive.infolist()}

    def shoot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """A request to the service that runs in the page."""
        self.page.select_option("#method", method)
        self.page.fill("#path", path)
        self.page.fill("#body", "" if body is None else json.dumps(body))
        self.page.evaluate("document.querySelector('#response').textContent = ''")
        self.page.click("#send")
        expect(self.see("#response")).not_to_be_empty()
        head, _, text = self.text("#response").partition("\n\n")
        return int(head.split()[0]), json.loads(text) if text.strip() else None

    def start_service(self) -> "Visitor":
        self.tab("try")
        self.page.click("#trial-start")
        self.done()
        assert self.text("#refusal") == ""
        self.see("#trial.running").wait_for()
        return self
