"""Sees to it that PostgreSQL, Redis, nginx, promtool and a browser are there: the tests start their own.

For root on Debian, also what builds an image and reads Compose files where there is no Docker.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# One of them is enough.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A program that is in each package, or one like it, and where Debian keeps it when not on the PATH.
PROGRAMS = {
    "postgresql": ("pg_ctl", "/usr/lib/postgresql/*/bin"),
    "redis-server": ("redis-server", "/usr/bin"),
    "nginx-light": ("nginx", "/usr/sbin"),
    "prometheus": ("promtool", "/usr/bin"),
    "chromium": ("|".join(BROWSERS), "/usr/bin"),
}
# What only root can use.
CONTAINERS = {
    "buildah": ("buildah", "/usr/bin"),
    "mmdebstrap": ("mmdebstrap", "/usr/bin"),
    "caddy": ("caddy", "/usr/bin"),
}
# A program that needs no engine to read files; that of Debian 12 is too old to know `develop`.
COMPOSE = Path(__file__).resolve().parent.parent / ".tools" / "docker-compose"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
TRIXIE = f"deb [signed-by={KEYS}] http://deb.debian.org/debian trixie main\n"
REMEDY = "The tests start programs of their own: install them, as with `apt-get install {}`."


def has_program(names: str, folder: str) -> bool:
    inside = folder.lstrip("/")
    return any(shutil.which(name) or any(Path("/").glob(f"{inside}/{name}")) for name in names.split("|"))


def install(packages: list[str]) -> None:
    print("Installing", *packages, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)


def get_compose() -> None:
    """From a newer Debian, and nothing else of it: apt checks its signature."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in ("state/lists/partial", "cache/archives/partial"):
            (folder / path).mkdir(parents=True)
        (folder / "sources.list").write_text(TRIXIE, encoding="utf-8")
        places = {"Etc::SourceList": "sources.list", "State": "state", "Cache": "cache"}
        options = [f"-oDir::{place}={folder / path}" for place, path in places.items()]
        apt = ["apt-get", "-qq", *options, "-oDir::Etc::SourceParts=-", "-oAPT::Sandbox::User=root"]
        subprocess.run([*apt, "update"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        subprocess.run([*apt, "download", "docker-compose"], check=True, cwd=folder)
        [package] = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
        COMPOSE.parent.mkdir(exist_ok=True)
        shutil.move(folder / "usr/libexec/docker/cli-plugins/docker-compose", COMPOSE)


def main() -> None:
    may_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    needed = PROGRAMS | CONTAINERS if may_install else PROGRAMS
    missing = [package for package, program in needed.items() if not has_program(*program)]
    if missing and not may_install:
        sys.exit(REMEDY.format(" ".join(missing)))
    if missing:
        install(missing)
    if may_install and not COMPOSE.exists():
        get_compose()


if __name__ == "__main__":
    main()
