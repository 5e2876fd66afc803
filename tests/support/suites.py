"""A service proven by its own means, in an environment that others share."""

import sys
from collections.abc import Mapping
from pathlib import Path

from .contents import concerned
from .fixtures import Claim
from .programs import attempt, run

# Those that a service installs; others that are found here would only take time.
PLUGINS = ("-p", "anyio.pytest_plugin", "-p", "pytest_cov.plugin", "-p", "pytest_timeout")


def check_types(service: Path, tools: Path, cache: Path) -> None:
    """By both type checkers, and the import contracts."""
    here = {"VIRTUAL_ENV": str(tools.parent), "MYPY_CACHE_DIR": str(cache / "mypy")}
    for name, *options in (["ty", "check"], ["mypy", "--strict"], ["lint-imports", "--no-cache"]):
        run(tools / name, *options, cwd=service, env=here)


# Besides the folders of parts: tests for which it is all the same which domains there are.
ALIKE = [
    "clock",
    "database",
    "docs",
    "edge",
    "edge_live",
    "errors",
    "health",
    "idempotency",
    "idempotency_sql",
    "kubernetes",
    "logs",
    "main",
    "middleware",
    "paging",
    "rate_limits",
    "routing",
    "schemas",
    "secrets",
    "settings",
    "sqlite",
    "worker",
]


def tests_of_parts(service: Path) -> list[Path]:
    """The folders and files of tests that know nothing of its domains."""
    folders = [path for path in (service / "tests").glob("*/") if path.name not in ("domains", "support")]
    files = [service / "tests" / f"test_{name}.py" for name in ALIKE]
    return [*folders, *filter(Path.exists, files)]


def left_out(service: Path, parts: bool) -> list[str]:
    """How pytest is to leave out what another service has tested."""
    # Of the ten domains, the fourth is the third again under another name: its tests would only take time.
    crowd = sorted((service / "tests" / "domains").glob("collection*/"))[3:]
    return [f"--ignore={path}" for path in (*crowd, *([] if parts else tests_of_parts(service)))]


def run_pytest(service: Path, python: Path, *options: str, timeout: float = 900) -> None:
    """Its own tests; none may be skipped."""
    command = (python, "-m", "pytest", "-p", "no:cacheprovider", *PLUGINS)
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    said = run(*command, *options, cwd=service, timeout=timeout, env=alone)
    assert " passed" in said, said
    assert " skipped" not in said, said


def try_tests(service: Path, *options: str) -> tuple[bool, str]:
    """Whether some of its own tests pass, and what they say."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    status, said = attempt(command, service, {}, 400)
    return status == 0, said


def run_tests(service: Path, python: Path, *, parts: bool = True, measured: bool = False) -> None:
    """Without the slow ones. Measured, they must also cover what the service promises."""
    options = left_out(service, parts)
    # A part of them covers too little; and CPython 3.11 can spin for ever under coverage with greenlets.
    coverage = measured and not options and sys.version_info >= (3, 12)
    run_pytest(service, python, *options, *(["--cov"] if coverage else []))


def slow_tests(service: Path) -> list[str]:
    """The files with tests that kill processes: they take a minute."""
    found = [
        path for path in (service / "tests").rglob("test_*.py") if "pytest.mark.slow" in path.read_text()
    ]
    return sorted(path.relative_to(service).as_posix() for path in found)


# It takes minutes, and is nothing without domains: a test of ours runs it for each database.
SEQUENCES = "tests/test_ownership.py"


def run_slow_tests(service: Path, made: Mapping[str, bytes], python: Path, claim: Claim) -> list[str]:
    """Those that no other service with the same code runs, or has run; their files."""
    names = [name for name in slow_tests(service) if name != SEQUENCES]
    files = [name for name in names if claim(f"slow {concerned(name, made)}")]
    if files:
        run_pytest(service, python, "-m", "slow", *files)
    return files


def check_migrations(service: Path, python: Path, settings: Mapping[str, str]) -> None:
    """The models and the migrations say the same."""
    if (service / "migrations").exists():
        for words in (["upgrade", "head"], ["check"]):
            run(python, "-m", "alembic", *words, cwd=service, env=settings)
