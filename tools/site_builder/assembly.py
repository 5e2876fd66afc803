"""The folder of the page: its files as they are, the heavy parts by names that change with their content."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from template import ROOT

from . import parts, questions
from .archives import Files, packed
from .registries import packages
from .releases import Release, difference

SITE = ROOT / "site"
# What the page does in the place of these packages, so that services which need them can run there.
REPLACED = ("orjson", "uvicorn")
# Loaded only when a service runs.
LATER = ("service.tar.xz", "older.tar.xz")


def heavy_parts(old: Release, new: Release) -> tuple[Files, list[str]]:
    changed, removed = difference(old, new)
    older = {f"template/{name}": text for name, text in changed.items()}
    found = {**parts.pyodide(), "template.tar.xz": packed(new.files), "older.tar.xz": packed(older)}
    found["render.tar.xz"] = parts.library("render", "stubs")
    found["service.tar.xz"] = parts.library("service", "shims")
    return found, removed


def size(contents: Mapping[str, bytes]) -> str:
    """In MB, for people."""
    return f"{sum(map(len, contents.values())) / 1e6:.1f}"


def describe(old: Release, new: Release, removed: list[str], template: str) -> dict[str, Any]:
    """What the page knows before Python is there."""
    address = template.replace("gh:", "https://github.com/") if template.startswith("gh:") else template
    return {
        "questions": questions.read_questions(new.files),
        "types": questions.field_types(),
        "presets": questions.presets(questions.preset_files()),
        "releases": {
            "new": {"name": new.name, "commit": new.commit},
            "old": {"name": old.name, "commit": old.commit},
            "removed": removed,
        },
        "template": address,
        "command": template,
        "available": [package.name for package in packages("service")] + list(REPLACED),
    }


def shell() -> Files:
    """What the service worker keeps at the first visit; it comes last itself."""
    names = ["index.html", "style.css", "icon.svg", "texts.json"]
    paths = [*(SITE / name for name in names), *sorted((SITE / "scripts").glob("*.js"))]
    return {path.relative_to(SITE).as_posix(): path.read_bytes() for path in paths} | parts.highlighter()


def service_worker(files: Files, heavy: Mapping[str, str]) -> bytes:
    total = hashlib.sha256(b"".join(name.encode() + files[name] for name in sorted(files))).hexdigest()
    known = {"version": total[:12], "shell": ["./", *files], "parts": sorted(heavy.values())}
    return f"const SITE = {json.dumps(known)};\n".encode() + (SITE / "sw.js").read_bytes()


def build(target: Path, old: Release, new: Release, template: str) -> None:
    heavy, removed = heavy_parts(old, new)
    named = {name: f"parts/{parts.named(name, content)}" for name, content in heavy.items()}
    first = {name: content for name, content in heavy.items() if name not in LATER}
    data = describe(old, new, removed, template) | {"parts": named, "size": size(first)}
    files = shell() | {"data.json": json.dumps(data, ensure_ascii=False).encode()}
    written = files | {named[name]: content for name, content in heavy.items()}
    write(target, written | {"sw.js": service_worker(files, named)})


def write(target: Path, files: Files) -> None:
    shutil.rmtree(target, ignore_errors=True)
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
