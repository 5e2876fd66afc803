"""Files of PyPI and npm, each compared with its checksum, and kept in `.tools/` for the next build."""

import hashlib
import json
import os
import re
import sys
from html import unescape
from typing import NamedTuple
from urllib.parse import urljoin

from get_uv import TOOLS, download, index_url
from template import ROOT

LOCK = ROOT / "site" / "packages.json"
KEPT = TOOLS / "site"


class Package(NamedTuple):
    """A file of a registry."""

    name: str
    version: str
    file: str
    sha256: str
    part: str
    """The part of the page that it is for."""

    @property
    def url(self) -> str:
        if self.part == "npm":
            return f"{npm_registry()}/{self.name}/-/{self.file}"
        links = links_of(self.name)
        if self.file not in links:
            sys.exit(f"There is no {self.file} at {index_url()}")
        return links[self.file].partition("#")[0]

    def read(self) -> bytes:
        kept = KEPT / f"{self.sha256[:12]}-{self.file}"
        content = kept.read_bytes() if kept.exists() else download(self.url)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            kept.unlink(missing_ok=True)
            sys.exit(f"{self.file} is not what it should be: its checksum differs from that in {LOCK.name}")
        if not kept.exists():
            keep(kept.name, content)
        return content


def keep(name: str, content: bytes) -> None:
    """In one step: an interrupted run leaves no half."""
    KEPT.mkdir(parents=True, exist_ok=True)
    draft = KEPT / f"{name}.{os.getpid()}"
    draft.write_bytes(content)
    draft.replace(KEPT / name)


def npm_registry() -> str:
    names = ("NPM_CONFIG_REGISTRY", "npm_config_registry")
    found = next(filter(None, map(os.environ.get, names)), "https://registry.npmjs.org")
    return found.rstrip("/")


def links_of(name: str) -> dict[str, str]:
    """The files of a package, each with its address and, behind a #, its checksum."""
    page = f"{index_url().rstrip('/')}/{name}/"
    links = re.findall(r'href="([^"]+)"', download(page).decode())
    found = [urljoin(page, unescape(link)) for link in links]
    return {link.partition("#")[0].rpartition("/")[2]: link for link in found}


def packages(part: str) -> list[Package]:
    rows = json.loads(LOCK.read_text(encoding="utf-8"))
    return [package for package in (Package(**row) for row in rows) if package.part == part]


def npm_package(name: str) -> Package:
    return next(package for package in packages("npm") if package.name == name)
