"""Pins what the page is built from: the releases that are installed here, and those of npm that are named.

uv run python tools/lock_site.py [pyodide@314.0.7 ...]
"""

import hashlib
import json
import sys
from importlib.metadata import version

from get_uv import download
from site_builder.registries import LOCK, Package, links_of, npm_registry

# What there is in a browser's Python: files for any platform, those for this one, and sources without C.
KINDS = ("-none-any.whl", "_wasm32.whl", ".tar.gz")


def belongs(file: str, name: str, release: str) -> bool:
    stem = f"{name.replace('-', '_')}-{release}"
    return file.lower().replace("python-slugify", "python_slugify").startswith((f"{stem}-", f"{stem}.tar"))


def pin(row: Package) -> Package:
    """The release that the tests of this template use, too."""
    release = version(row.name)
    links = {file: link for file, link in links_of(row.name).items() if belongs(file, row.name, release)}
    file = next(file for kind in KINDS for file in sorted(links) if file.endswith(kind))
    sha256 = links[file].partition("#sha256=")[2]
    return row._replace(version=release, file=file, sha256=sha256)


def pin_npm(row: Package, release: str) -> Package:
    file = f"{row.name.rpartition('/')[2]}-{release}.tgz"
    content = download(f"{npm_registry()}/{row.name}/-/{file}")
    return row._replace(version=release, file=file, sha256=hashlib.sha256(content).hexdigest())


def main() -> None:
    wanted = dict(word.rsplit("@", 1) for word in sys.argv[1:])
    rows = [Package(**row) for row in json.loads(LOCK.read_text(encoding="utf-8"))]
    pinned = [
        pin_npm(row, wanted.get(row.name, row.version)) if row.part == "npm" else pin(row) for row in rows
    ]
    lines = ",\n".join(f"  {json.dumps(row._asdict())}" for row in pinned)
    LOCK.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
