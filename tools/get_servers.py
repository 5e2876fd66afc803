"""Sees to it that PostgreSQL, Redis, nginx and promtool are there: the tests start servers of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# A program that is in each package, and where Debian keeps it when not on the PATH.
PROGRAMS = {
    "postgresql": ("pg_ctl", "/usr/lib/postgresql/*/bin"),
    "redis-server": ("redis-server", "/usr/bin"),
    "nginx-light": ("nginx", "/usr/sbin"),
    "prometheus": ("promtool", "/usr/bin"),
}
REMEDY = "The tests start servers of their own: install their programs, as with `apt-get install {}`."


def has_program(name: str, folder: str) -> bool:
    return shutil.which(name) is not None or any(Path("/").glob(f"{folder.lstrip('/')}/{name}"))


def main() -> None:
    missing = [package for package, program in PROGRAMS.items() if not has_program(*program)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(REMEDY.format(" ".join(missing)))
    print("Installing", *missing, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *missing]):
        subprocess.run(["apt-get", *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
