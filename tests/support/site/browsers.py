"""Chromium, as Debian has it."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "google-chrome")
REMEDY = "The page is tested in a real browser: `apt-get install chromium`, or `make test` as root on Debian."


@contextmanager
def browser() -> Generator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, REMEDY
    with sync_playwright() as playwright:
        # As root it has no sandbox of its own.
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()
