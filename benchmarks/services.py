"""The services under test, rendered from the template, and the databases and queues that they need."""

import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from tools.template import copy_template

from .servers import ENVIRONMENT, Side, free_port

SERVICE = "{{cookiecutter.project_slug}}"
# What a service with the default name calls itself.
AUDIENCE = "my-service"
PATHS = (
    "import json; from app.main import app; paths = app.openapi()['paths'].items(); "
    "print(json.dumps([path for path, operations in paths if path.startswith('/v1/')]))"
)
NUMBERS = count()


class Workshop:
    """Makes both sides of a comparison, each with an empty database of its own."""

    def __init__(self, template: Path, python: str, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack, self._python = folder, stack, python
        self._template = self._new_folder("template")
        copy_template(self._template, template)

    def bare(self, app: str, database: str = "none", **settings: str) -> Side:
        folder, settings = self._new_folder(app), settings | self._database(database)
        return Side(f"benchmarks.{app}:app", folder, settings, python=self._python)

    def service(self, **answers: str) -> Side:
        """A rendered service; every other question has its default answer."""
        home = self._new_folder("home")
        arguments = ("--default-config", "--no-input", "--output-dir", str(home), str(self._template))
        context = [f"{question}={answer}" for question, answer in answers.items()]
        run_python(home, {"HOME": str(home)}, "-m", "cookiecutter", *arguments, *context)
        folder = next(path for path in home.iterdir() if (path / "app").exists())
        settings = self._database(answers.get("database", "sqlite"))
        if answers.get("tasks") == "redis":
            settings["REDIS_URL"] = self._redis
        if answers.get("auth") == "oidc":
            settings["OIDC_ISSUER"] = self.issuer.url
        if (folder / "migrations").exists():
            run_python(folder, settings, "-m", "alembic", "upgrade", "head")
        items = find_collection(folder, settings)
        return Side("app.main:app", folder, settings, items, python=self._python)

    @cached_property
    def issuer(self) -> Any:
        """The small one that services bring for their tests, in a process that is not measured: this one."""
        small: Any = runpy.run_path(str(self._template / SERVICE / "tests" / "support" / "issuer.py"))
        issuer = small["SmallIssuer"](AUDIENCE)
        self._stack.callback(issuer.close)
        return issuer

    def _new_folder(self, name: str) -> Path:
        folder = self._folder / f"{name}_{next(NUMBERS)}"
        folder.mkdir()
        return folder

    def _database(self, kind: str) -> dict[str, str]:
        """The settings for an empty database of this kind."""
        if kind == "none":
            return {}
        if kind == "sqlite":
            return {"DATABASE_URL": f"sqlite+aiosqlite:///{self._new_folder('sqlite')}/rows.db"}
        name, server = f"bench_{next(NUMBERS)}", f"postgresql://bench@127.0.0.1:{self._postgresql}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return {"DATABASE_URL": f"{server}/{name}".replace("postgresql", "postgresql+psycopg")}

    @cached_property
    def _postgresql(self) -> int:
        """The port of a server of ours. It refuses to run as root, so root lends it a user."""
        folder, port, user = self._new_folder("postgresql"), free_port(), None
        if os.geteuid() == 0:
            user = "postgres"
            shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> None:
            command = [find_program(program), "-D", f"{folder}/data", *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, user=user)

        run("initdb", "-U", "bench", "-A", "trust", "-N")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        run("pg_ctl", "-o", options, "-l", f"{folder}/log", "-w", "start")
        self._stack.callback(run, "pg_ctl", "-m", "immediate", "-w", "stop")
        return port

    @cached_property
    def _redis(self) -> str:
        port = free_port()
        command = [find_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        return f"redis://127.0.0.1:{port}/0"


@contextmanager
def open_workshop(template: Path, python: str) -> Generator[Workshop]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        os.chmod(folder, 0o755)  # PostgreSQL may run as another user.
        yield Workshop(template, python, Path(folder), stack)


def find_program(name: str) -> str:
    """Debian keeps those of PostgreSQL off the PATH."""
    debian = sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))
    found = shutil.which(name) or (debian[-1] if debian else None)
    return found or sys.exit(f"There is no {name}: run tools/get_servers.py, or choose sections with --only.")


def run_python(folder: Path, settings: Mapping[str, str], *arguments: str) -> str:
    """Its output, when it is run in a folder."""
    command, environment = [sys.executable, *arguments], {**ENVIRONMENT, **settings}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else sys.exit(done.stderr)


def find_collection(folder: Path, settings: Mapping[str, str]) -> str:
    """The last path with an item below it: that of the last domain."""
    paths = json.loads(run_python(folder, settings, "-c", PATHS).splitlines()[-1])
    return [path for path in paths if any(other.startswith(f"{path}/{{") for other in paths)][-1]
