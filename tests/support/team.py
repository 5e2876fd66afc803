"""What a team writes into its service: an update must keep it."""

import sys
from pathlib import Path

from .cruft import commit
from .edits import replace
from .programs import run

# A file, what stands there, and what takes its place.
EDITS = (
    ("app/settings.py", "    idempotency_ttl: Life", "    our_limit: int = 7\n    idempotency_ttl: Life"),
    ("app/domains/orders/service.py", '"""', '"""Ours: '),
    ("app/domains/orders/router.py", "\nrouter = ", "\nOURS = 1\nrouter = "),
    ("app/domains/users/schemas.py", "\n\nclass ", "\n\nOURS = 2\n\n\nclass "),
    ("tests/domains/users/test_router.py", "\n\nclass ", "\n\nOURS = 3\n\n\nclass "),
    ("pyproject.toml", '  "fastapi-offline', '  "click",\n  "fastapi-offline'),
    (".env.example", "\n# Seconds that", "\n# OUR_LIMIT=7\n\n# Seconds that"),
    ("README.md", "\n## Settings\n", "\nOurs is the section before the settings.\n\n## Settings\n"),
    ("Makefile", "\nfix:", "\nours: ## Do what we do\n\techo ours\n\nfix:"),
)


def edit(service: Path) -> None:
    """Work in the service, as a team does for months: each edit must find its place."""
    for name, old, new in EDITS:
        replace(service / name, old, new)
    commit(service)


def make_domain(service: Path) -> None:
    run(sys.executable, "scripts/domain.py", "invoices", cwd=service)
    commit(service)
