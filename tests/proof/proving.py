"""A service proven by its own means, in an environment that others share."""

from collections.abc import Mapping
from pathlib import Path

from running import run


def check_types(service: Path, tools: Path, cache: Path) -> None:
    """By both type checkers, and the import contracts."""
    here = {"VIRTUAL_ENV": str(tools.parent), "MYPY_CACHE_DIR": str(cache / "mypy")}
    for name, *options in (["ty", "check"], ["mypy", "--strict"], ["lint-imports", "--no-cache"]):
        run(tools / name, *options, cwd=service, env=here)


def run_tests(service: Path, python: Path, *options: str) -> None:
    """Its own tests, in full: none may be left out."""
    # The fourth domain is the third again under another name: its tests would only take time.
    crowd = sorted(path for path in (service / "tests" / "domains").glob("*/"))[3:]
    ignored = [f"--ignore={path}" for path in crowd]
    measured = [option for option in options if option != "--cov" or not crowd]
    command = (python, "-m", "pytest", "-p", "no:cacheprovider", *measured, *ignored)
    said = run(*command, cwd=service, timeout=300)
    assert " passed" in said, said
    assert " skipped" not in said, said


def check_migrations(service: Path, python: Path, settings: Mapping[str, str]) -> None:
    """The models and the migrations say the same."""
    if (service / "alembic.ini").exists():
        for words in (["upgrade", "head"], ["check"]):
            run(python, "-m", "alembic", *words, cwd=service, env=settings)
