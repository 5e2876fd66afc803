"""Puts uv and uvx into .tools/bin, with nothing but the standard library of Python 3.

A uv on the PATH is linked. Else pip installs one; where Debian left pip out, pip is fetched first.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

TOOLS = Path(__file__).resolve().parent.parent / ".tools"
UV = "uv==0.13.9"
PIP = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def index_url() -> str:
    """The package index, which companies replace by their own."""
    return next(filter(None, map(os.environ.get, INDEX_VARIABLES)), "https://pypi.org/simple")


def download(url: str) -> bytes:
    with urlopen(url, timeout=60) as response:
        content: bytes = response.read()
        return content


def fetch_pip(folder: str) -> None:
    """Unpack pip's wheel, after a look at its checksum."""
    page = index_url().rstrip("/") + "/pip/"
    link = re.search(rf'href="([^"#]*{re.escape(PIP)})[#"]', download(page).decode())
    if not link:
        sys.exit(f"There is no {PIP} at {page}")
    wheel = download(urljoin(page, unescape(link[1])))
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP} from {page} is not what it should be: its checksum differs")
    zipfile.ZipFile(io.BytesIO(wheel)).extractall(folder)


def pip_install(python: Path, **environment: str) -> bool:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0


def install(home: Path) -> None:
    """Install uv into an environment of its own."""
    has_pip = find_spec("ensurepip") is not None
    venv.create(home, clear=True, symlinks=True, with_pip=has_pip)
    python = home / "bin" / "python"
    if has_pip and pip_install(python):
        return
    with tempfile.TemporaryDirectory() as folder:
        fetch_pip(folder)
        if not pip_install(python, PYTHONPATH=folder, PIP_INDEX_URL=index_url()):
            sys.exit("pip could not install uv; its message is above")


def link(name: str, source: Path) -> None:
    """Let .tools/bin have this program, in one step: an interrupted run leaves no half."""
    draft = TOOLS / "bin" / f"{name}.draft"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    draft.symlink_to(source)
    draft.replace(TOOLS / "bin" / name)


def main() -> None:
    found = shutil.which("uv")
    if not found:
        print("Installing uv into .tools", flush=True)
        install(TOOLS / "venv")
    uv = Path(found) if found else TOOLS / "venv" / "bin" / "uv"
    link("uv", uv)
    if uv.with_name("uvx").exists():
        link("uvx", uv.with_name("uvx"))


if __name__ == "__main__":
    main()
