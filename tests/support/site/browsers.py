"""Chromium, as Debian has it; without one, the tests say how to get it."""

from collections.abc import Generator
from contextlib import contextmanager

import gallery_pictures
from playwright.sync_api import Browser, sync_playwright


@contextmanager
def browser() -> Generator[Browser]:
    program = gallery_pictures.browser()
    with sync_playwright() as playwright:
        # As root it has no sandbox of its own.
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()
