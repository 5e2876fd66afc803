"""Renders the default service into build/ and serves it; a service with changes of yours is left as it is."""

import argparse
import hashlib
import json
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from render import ROOT, render

BUILD = ROOT / "build"
# What was rendered last time: the digest of each file.
RECORD = BUILD / ".rendered.json"

HELLO = """
  {service} will answer on {url}
  Its operations, to read and try: {url}/docs
  To stop: Ctrl-C. To answer the questions yourself: make new
"""


def digests(folder: Path, names: list[str]) -> dict[str, str]:
    """The digest of each of these files that is still there."""
    paths = {name: folder / name for name in names if (folder / name).is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}


def file_names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def renew(service: Path, fresh: Path) -> None:
    """Put the fresh render in the old one's place; what no render has made stays, such as `.env`."""
    for name in json.loads(RECORD.read_text()) if RECORD.exists() else ():
        (service / name).unlink(missing_ok=True)
    shutil.copytree(fresh, service, dirs_exist_ok=True)
    RECORD.write_text(json.dumps(digests(fresh, file_names(fresh))))


def is_untouched(service: Path, fresh: Path) -> bool:
    """Whether a new render loses no work: no file was changed, and no new one meets another."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    new = [name for name in file_names(fresh) if name not in record]
    return digests(service, list(record)) == record and not digests(service, new)


def prepare() -> Path:
    """The folder to serve, rendered again unless a file of the last render was changed."""
    with tempfile.TemporaryDirectory() as folder:
        if render(Path(folder), "--default-config", "--no-input", quiet=True):
            sys.exit("The service could not be rendered; the reason is above.")
        fresh = next(Path(folder).iterdir())
        service = BUILD / fresh.name
        if not service.exists() or is_untouched(service, fresh):
            renew(service, fresh)
        else:
            print(f"build/{service.name} has changes of yours: it is served as it is, not rendered again.")
    return service


def check_free(port: int) -> None:
    if not 0 < port < 1 << 16:
        sys.exit(f"There is no port {port}. Try another: make run PORT=8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used: {error.strerror}. Try another: make run PORT={port + 1}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    check_free(port)
    service = prepare()
    url = f"http://127.0.0.1:{port}"
    print(HELLO.format(service=service.relative_to(ROOT), url=url), flush=True)
    # The service's own `make run`, as if it had been called there.
    inherited = {"VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    os.chdir(service)
    os.execvpe("make", ["make", "--no-print-directory", "run"], {**environment, "PORT": str(port)})


if __name__ == "__main__":
    main()
