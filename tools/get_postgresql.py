"""Sees to it that the tests find the programs of PostgreSQL, of which they start servers of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

REMEDY = "The tests start servers of PostgreSQL: install its programs, as with `apt-get install postgresql`."


def has_programs() -> bool:
    return shutil.which("pg_ctl") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


def main() -> None:
    if has_programs():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(REMEDY)
    print("Installing the programs of PostgreSQL", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "postgresql"]):
        subprocess.run(["apt-get", *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
