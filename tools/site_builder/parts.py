"""The heavy parts of the page, each loaded when it is asked for, and named after its content."""

import hashlib
import json
from pathlib import Path

from template import ROOT

from .archives import Files, importable, in_tar, packed, stored, zipped
from .registries import npm_package, packages

PYTHON = ROOT / "site" / "python"
LANGUAGES = ("python", "yaml", "ini", "json", "markdown", "makefile", "dockerfile", "bash")


def pyodide() -> Files:
    """Python itself. What a plain host would send uncompressed is compressed here."""
    files = in_tar(npm_package("pyodide").read())
    lock = {**json.loads(files["pyodide-lock.json"]), "packages": {}}
    return {
        "pyodide.mjs": files["pyodide.mjs"],
        "python_stdlib.zip.gz": zipped(stored(files["python_stdlib.zip"])),
        "pyodide-lock.json": json.dumps(lock).encode(),
        "pyodide.asm.mjs.gz": zipped(files["pyodide.asm.mjs"]),
        "pyodide.asm.wasm.gz": zipped(files["pyodide.asm.wasm"]),
    }


def highlighter() -> Files:
    files = in_tar(npm_package("@highlightjs/cdn-assets").read())
    found = {"highlight/core.js": files["es/core.min.js"]}
    return found | {f"highlight/{name}.js": files[f"es/languages/{name}.min.js"] for name in LANGUAGES}


def python_files(folder: Path) -> Files:
    paths = [path for path in folder.rglob("*.py") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def library(part: str, replaced: str) -> bytes:
    """The packages of a part, the code of ours that uses them, and what stands in the place of others."""
    found = python_files(PYTHON / part) | python_files(PYTHON / replaced)
    for package in packages(part):
        found |= importable(package.file, package.read())
    return packed(found)


def named(name: str, content: bytes) -> str:
    """A name that changes with the content, so that what was kept of an older one is never used."""
    stem, _, suffix = name.partition(".")
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
