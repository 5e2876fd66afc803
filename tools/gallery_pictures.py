"""Pictures of `/docs` of a service, and the digest of what such a picture shows."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from get_servers import BROWSERS

OPENAPI = "import json; from app.main import app; print(json.dumps(app.openapi()))"
# What is seen before anything is opened. The schemas below the operations are not.
SHOWN = ("summary", "deprecated", "tags", "security")
MISSING = "No browser: install one, as with `apt-get install chromium`, or name it in CHROMIUM."
WIDTH = 800
STYLE = "section.models { display: none } body { zoom: 0.8 }"
# No letter may look different because the browser has guessed another order of pixels.
FLAGS = ["--no-sandbox", "--disable-lcd-text", "--font-render-hinting=none", "--force-color-profile=srgb"]


def openapi(service: Path) -> Any:
    command = [sys.executable, "-c", OPENAPI]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run(command, cwd=service, env=environment, check=True, capture_output=True, text=True)
    return json.loads(said.stdout.splitlines()[-1])


@cache
def digest(service: Path) -> str:
    """The same for the same picture, whatever else has changed in the service."""
    document = openapi(service)
    operations = [
        (path, method, {name: operation.get(name) for name in SHOWN})
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    shown = json.dumps([document["info"], document.get("tags"), operations])
    return hashlib.sha256(shown.encode()).hexdigest()[:12]


def browser() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or sys.exit(MISSING)


@contextmanager
def served(service: Path) -> Generator[str]:
    """The address of its page; databases that it needs may be missing."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port)]
    environment = os.environ | {"DRAIN_DELAY": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    silence = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=service, env=environment, stdout=silence, stderr=silence)
    try:
        wait(f"http://127.0.0.1:{port}/health/live", process)
        yield f"http://127.0.0.1:{port}/docs"
    finally:
        process.terminate()
        process.wait(30)


def wait(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The service does not respond at {url}")


def take(service: Path, path: Path) -> None:
    # Here, for only pictures need it, and those that are there are not taken again.
    from playwright.sync_api import sync_playwright

    program = browser()
    with served(service) as url, sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=program, args=FLAGS)
        # The page's own policy allows no style from elsewhere.
        tab = window.new_page(
            bypass_csp=True, viewport={"width": WIDTH, "height": 600}, reduced_motion="reduce"
        )
        tab.goto(url)
        tab.wait_for_selector(".opblock")
        tab.add_style_tag(content=STYLE)
        height = tab.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
        tab.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        window.close()
