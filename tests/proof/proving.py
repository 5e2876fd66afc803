"""A service proven by its own means, in an environment that others share."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from checks import Files, digest
from conftest import Claim
from running import run

DURABILITY = "tests/tasks/test_durability.py"
# Those that a service installs; others that are found here would only take time.
PLUGINS = ("-p", "anyio.pytest_plugin", "-p", "pytest_cov.plugin")


def check_types(service: Path, tools: Path, cache: Path) -> None:
    """By both type checkers, and the import contracts."""
    here = {"VIRTUAL_ENV": str(tools.parent), "MYPY_CACHE_DIR": str(cache / "mypy")}
    for name, *options in (["ty", "check"], ["mypy", "--strict"], ["lint-imports", "--no-cache"]):
        run(tools / name, *options, cwd=service, env=here)


def same_parts(made: Files) -> str:
    """What is the same whichever domains there are."""
    same = {name: text for name, text in made.items() if "domains" not in name}
    return digest(same, "app", "tests")


def same_queue(made: Files) -> str:
    """What becomes of tasks when processes are killed depends on this."""
    named = ("app/calls", "app/database", "app/engine", "app/tasks/", "app/worker", "tests/tasks/")
    return digest({name: text for name, text in made.items() if name.startswith(named)}, "app", "tests")


def folders_of_parts(service: Path) -> list[Path]:
    """The folders of tests that know nothing of its domains."""
    return [path for path in (service / "tests").glob("*/") if path.name != "domains"]


def proven_elsewhere(
    service: Path, made: Files, claim: Claim, python: str = "", releases: str = ""
) -> list[Path]:
    """What another service with the same code tests there, or has tested."""
    if not claim(f"{python} {releases} parts {same_parts(made)}"):
        return folders_of_parts(service)
    # To kill processes takes a minute: with one of the Pythons it is enough.
    return [] if claim(f"{releases} queue {same_queue(made)}") else [service / DURABILITY]


def run_tests(
    service: Path, python: Path, left_out: Collection[Path] = (), *, measured: bool = False
) -> None:
    """Its own tests; none may be skipped. Measured, they must also cover what the service promises."""
    # The fourth domain is the third again under another name: its tests would only take time.
    crowd = sorted((service / "tests" / "domains").glob("*/"))[3:]
    # A part of them covers too little; and CPython 3.11 can spin for ever under coverage with greenlets.
    partly = crowd or [*left_out] == folders_of_parts(service) or sys.version_info < (3, 12)
    said = run(
        *(python, "-m", "pytest", "-p", "no:cacheprovider", *PLUGINS),
        *(["--cov"] if measured and not partly else []),
        *(f"--ignore={path}" for path in (*crowd, *left_out)),
        cwd=service,
        timeout=600,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert " passed" in said, said
    assert " skipped" not in said, said


def check_migrations(service: Path, python: Path, settings: Mapping[str, str]) -> None:
    """The models and the migrations say the same."""
    if (service / "alembic.ini").exists():
        for words in (["upgrade", "head"], ["check"]):
            run(python, "-m", "alembic", *words, cwd=service, env=settings)
