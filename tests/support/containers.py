"""Images without an engine: buildah builds them, and their programs run in their file system, read-only."""

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

import pytest

from .programs import NOTHING, attempt, free_port, kill, run
from .servers.installed import find_program

# What Debian has of the image that the Dockerfile builds on: this Python with pip, and the libraries of slim.
SUITE, PYTHON = "trixie", "3.13"
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "base-files,coreutils,dash,libc-bin,libstdc++6,python3,python3-pip"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
FINISH = f"""
cd "$1"
ln -s python3 usr/bin/python
rm usr/lib/python3*/EXTERNALLY-MANAGED
mkdir -p etc/ssl/certs
cp /{CERTIFICATES} {CERTIFICATES}
"""
# In namespaces of its own, where it is the first process, as in any container.
ENTER = """
set -e
root=$1 user=$2; shift 2
mount --bind "$root" "$root"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done; shift
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
exec /usr/sbin/chroot --userspec="$user" "$root" sh -c 'cd /srv; exec "$@"' sh "$@"
"""


def need_root() -> None:
    """For whom `make test` installs the programs: then it fails without one, and is never left out."""
    if os.geteuid() != 0:
        pytest.skip("images are built as root only")
    for name in ("buildah", "mmdebstrap"):
        find_program(name)


class Builder:
    """buildah with images of its own, which are gone with its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Layers by overlay where the machine can do that, else as copies, which takes twice as long.
        self.options = ["--root", str(folder / "images"), "--runroot", str(folder / "run")]
        self.environment = {"BUILDAH_ISOLATION": "chroot", "TMPDIR": str(folder)}

    def buildah(self, *arguments: str | Path) -> str:
        return run("buildah", *self.options, *arguments, cwd=self.folder, env=self.environment).strip()

    def make_base(self) -> None:
        """Under the name of the official image, which no test can download everywhere."""
        archive = self.folder / "base.tar"
        run(
            *("mmdebstrap", "--mode=root", "--variant=extract", f"--include={PACKAGES}"),
            *(f"--extract-hook={FINISH}", SUITE, archive, MIRROR),
            cwd=self.folder,
        )
        container = self.buildah("from", "scratch")
        self.buildah("add", container, archive, "/")
        settings = ("PATH=/usr/local/bin:/usr/bin:/bin", "UV_SYSTEM_CERTS=1")
        self.buildah("config", *(f"--env={setting}" for setting in settings), container)
        self.buildah("commit", "--rm", container, f"docker.io/library/python:{PYTHON}-slim")

    def as_docker(self) -> Path:
        """A folder for the PATH in which `docker build` is buildah."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        options = " ".join(self.options)
        script = f'#!/bin/sh\n[ "$1" = build ] && shift\nexec buildah {options} bud --format docker "$@"\n'
        (folder / "docker").write_text(script, encoding="utf-8")
        (folder / "docker").chmod(0o755)
        return folder

    def make_image(self, service: Path, env: Mapping[str, str] = NOTHING) -> "Image":
        """As people do."""
        path = f"{self.as_docker()}{os.pathsep}{os.environ['PATH']}"
        run("make", "image", cwd=service, env={**self.environment, "PATH": path, **env})
        container = self.buildah("from", "--pull-never", service.name)
        described = json.loads(self.buildah("inspect", "--type", "image", service.name))
        return Image(Path(self.buildah("mount", container)), described)


@dataclass(frozen=True)
class Image:
    root: Path
    described: dict[str, Any]

    @property
    def config(self) -> dict[str, Any]:
        return self.described["Docker"]["config"]

    @property
    def megabytes(self) -> int:
        found = (path.lstat() for path in self.root.rglob("*") if not path.is_symlink())
        return round(sum(about.st_size for about in found if stat.S_ISREG(about.st_mode)) / 1_000_000)

    @property
    def environment(self) -> dict[str, str]:
        return dict(setting.split("=", 1) for setting in self.config["Env"])

    def command(self, port: int) -> list[str]:
        """Its own, at another port, for here all have one network."""
        return [str(port) if word == "8000" else word for word in self.config["Cmd"]]

    def probe(self, port: int) -> list[str]:
        kind, *words = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return [word.replace(":8000/", f":{port}/") for word in words]

    def line(self, words: Sequence[str], mounts: Mapping[Path, str], env: Mapping[str, str]) -> list[str]:
        """What runs a program in the image: as its user, with its environment, on its files, read-only."""
        settings = [f"{name}={value}" for name, value in (self.environment | {**env}).items()]
        pairs = [str(part) for pair in mounts.items() for part in pair]
        enter = [ENTER, "sh", str(self.root), self.config["User"], *pairs, "--"]
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return [*namespaces, "env", "-i", *settings, "/bin/sh", "-c", *enter, *words]

    def attempt(self, *words: str, mounts: Mapping[Path, str]) -> tuple[int, str]:
        return attempt(self.line(words, mounts, {}), self.root, {}, 120)

    def run(self, *words: str, mounts: Mapping[Path, str]) -> str:
        code, said = self.attempt(*words, mounts=mounts)
        assert code == 0, said
        return said


class Container:
    """A program of an image for as long as a `with` block takes."""

    def __init__(self, image: Image, log: Path, mounts: Mapping[Path, str], env: Mapping[str, str]) -> None:
        self.image, self.log, self.mounts, self.env = image, log, mounts, env
        self.port = free_port()
        self.words = image.command(self.port)

    def __enter__(self) -> Self:
        line = self.image.line(self.words, self.mounts, {**self.env, "WORKER_PORT": str(self.port)})
        started = time.monotonic()
        with self.log.open("wb") as sink:
            self.process = subprocess.Popen(line, stdout=sink, stderr=sink, start_new_session=True)
        try:
            self.wait_until_ready()
        except BaseException:
            kill(self.process)
            raise
        self.seconds_to_ready = time.monotonic() - started
        return self

    def __exit__(self, *_: object) -> None:
        kill(self.process)

    def status(self, path: str) -> int:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
                return int(response.status)
        except OSError as error:
            return int(getattr(error, "code", 0))

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while self.status("/health/ready") != 200:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def terminate(self) -> None:
        """By the signal that the image names."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        os.kill(int(children), signal.Signals[self.image.config["StopSignal"]])

    def wait(self, seconds: float) -> int:
        """The exit code; it must come in time."""
        return self.process.wait(seconds)


class Worker(Container):
    def __init__(self, image: Image, log: Path, mounts: Mapping[Path, str], env: Mapping[str, str]) -> None:
        super().__init__(image, log, mounts, env)
        self.words = ["python", "-m", "app.worker"]
