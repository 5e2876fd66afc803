"""What is known of each answer and each special file: a new question or answer joins by its row in KNOWN."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .options import CHOICES, QUESTIONS, Option


class Known(NamedTuple):
    """What is known of an answer, said without the tables of the hook."""

    words: str = ""
    """How it shows, in any file or its name: nothing of this is left in a service that did not choose it."""
    file: str = ""
    """A file that it brings, or brings in a version of its own, ..."""
    text: str = ""
    """... and what stands there with no other answer."""
    server: str = ""
    """The server that its service needs, a row of SERVERS in `support/servers`."""
    silent_with: Option = ("", "")
    """Another answer, with which this one changes nothing."""
    included_in: tuple[str, ...] = ()
    """Other answers to the question, which bring all that this one brings."""


KNOWN: dict[Option, Known] = {
    ("database", "sqlite"): Known("(?i)sqlite", "app/database/sqlite.py", "PRAGMA"),
    ("database", "postgresql"): Known(
        "(?i)postgres|psycopg", "app/database/postgresql.py", "statement_timeout", server="postgresql"
    ),
    ("database", "none"): Known("in the memory of", "app/database/memory.py", "Rows in the memory"),
    ("tasks", "in-process"): Known(
        "Tasks run in the process of the service",
        "app/tasks/in_process.py",
        "in the processes of the service",
    ),
    ("tasks", "redis"): Known("(?i)redis(?!tribut)|docket", "app/tasks/docket.py", "Docket", server="redis"),
    ("tasks", "postgresql"): Known("(?i)procrastinate", "app/tasks/procrastinate.py", "Procrastinate"),
    ("tasks", "none"): Known(),
    ("model_serving", "none"): Known(),
    ("model_serving", "onnx"): Known(
        "(?i:onnx|sklearn|scikit|iris|numpy)|/predict|MODEL_|OPERATOR_",
        "app/predictions/onnx.py",
        "InferenceSession",
    ),
    ("auth", "none"): Known(),
    ("auth", "accounts"): Known(
        r"(?i)argon2|smtp|SIGN_UP|PUBLIC_URL|SESSION_TTL|app[./]accounts|make account|auth_(accounts|tokens)",
        "app/accounts/models.py",
        "auth_accounts",
    ),
    ("auth", "oidc"): Known(
        "(?i)oidc|openid|issuer|joserfc|pkce", "app/auth/oidc.py", "JWTClaimsRegistry", server="issuer"
    ),
    ("telemetry", "metrics"): Known(
        file="app/telemetry/metrics.py", text="Prometheus", included_in=("full",)
    ),
    ("telemetry", "full"): Known(
        r"(?i)otlp|OTEL_|opentelemetry\.|traceparent|TRACE_|\bspans?\b",
        "app/telemetry/tracing.py",
        "OTLPSpanExporter",
    ),
    ("telemetry", "none"): Known(),
    ("deployment", "docker"): Known("", "Dockerfile", "FROM python:", included_in=("kubernetes",)),
    ("deployment", "kubernetes"): Known(
        "(?i)kubernetes|kubectl|kustom", "deploy/kubernetes/base/deployment.yaml", "kind: Deployment"
    ),
    ("deployment", "none"): Known(),
    ("ci", "github"): Known("(?i)github|dependabot", ".github/workflows/ci.yml", "actions/checkout"),
    ("ci", "gitlab"): Known("(?i)gitlab|renovate", ".gitlab-ci.yml", "script:"),
    ("ci", "none"): Known(),
    ("license", "MIT"): Known(r"\bMIT\b", "LICENSE", "MIT License"),
    ("license", "Apache-2.0"): Known(r"\bApache\b", "LICENSE", "Apache License"),
    ("license", "BSD-3-Clause"): Known(r"\bBSD\b", "LICENSE", "BSD 3-Clause License"),
    ("license", "Proprietary"): Known(
        "(?i)proprietary|all rights reserved", "LICENSE", "All rights reserved."
    ),
    **{
        ("python_version", version): Known(
            # Every service says that it runs on 3.11 and newer.
            "" if version == "3.11" else rf"(?i)python\W{{0,3}}(version\W{{1,3}})?{version}\b",
            ".github/workflows/ci.yml",
            f'UV_PYTHON: "{version}"',
            silent_with=("ci", "none"),
        )
        for version in CHOICES["python_version"]
    },
}

# Words of several answers to one question: none of them is left when another one was chosen.
SHARED: dict[tuple[str, tuple[str, ...]], str] = {
    ("tasks", ("in-process", "redis", "postgresql")): (
        r"(?i)background.tasks?|/tasks\b|app\.tasks|\bTASK_|TasksDep|outbox|simulation|(?-i:(?<!--)\bworkers?\b)"
    ),
    ("tasks", ("redis", "postgresql")): r"app\.worker|app/worker|make worker|WORKER_",
    ("auth", ("accounts", "oidc")): r"(?i)principal|(?<!WWW-)authenticat|app[./]auth|authorisation",
    ("telemetry", ("metrics", "full")): r"(?i)prometheus|telemetry(?!=)|/metrics|scrape",
    ("deployment", ("docker", "kubernetes")): r"(?i)docker|compose\.|make image",
    ("database", ("sqlite", "postgresql")): r"(?i)alembic|sqlalchemy|migrations?/|make migrat",
}
# Files that may speak of every answer: the script knows which names the parts of a service need, and a
# password is any word.
SPEAKING = {
    "app/accounts/common_passwords.txt",
    "scripts/domain.py",
    "scripts/scaffold/change.py",
    "scripts/scaffold/names.py",
}
# The type of decimals is the same on every database, and says what it is on SQLite.
PORTABLE = r'with_variant\(sa.BigInteger\(\), "sqlite"\)|dialect.name == "sqlite"|SQLite has binary floats'


# The questions that choose most of the code, and of the tests.
PARTS = ("database", "tasks", "model_serving", "auth", "telemetry")

# Answers to `domains`, each of another kind.
DOMAINS = {
    "two domains": QUESTIONS["domains"],
    "no domain": "none",
    "one domain": "invoices",
    # With names of tables that others have, too.
    "irregular plurals": "person:people, datum:data, box:boxes, job:jobs, attempts",
    "the longest names": f"{'a' * 12}_{'b' * 12}:{'c' * 12}_{'d' * 12}, {'e' * 24}s, {'f' * 24}s",
    "ten domains": ", ".join(f"collection{number}s" for number in range(2, 12)),
    "every type": (
        "customers(email:text unique, name), orders(customer:customers, status:new|paid|shipped, "
        "note:longtext?, placed_at:datetime, day:date?, weight:float, token:uuid unique, extra:json?), "
        "products(sku:text unique, price:decimal, stock:int, active:bool), "
        "order_lines(order:orders, product:products, quantity:int)"
    ),
    "many references": (
        "categories(parent:categories?, name), tags(name:text? unique), "
        "taggings(tag:tags, category:categories), person:people(), "
        "moves(source:categories, target:categories?, due:date unique, at:datetime?, rate:float?, size:int?, "
        "price:decimal? unique, done:bool?, kind:a|b?, key:uuid?) unique"
    ),
}

# They differ from the other kinds in names and in how many there are, not in what a domain has.
NAMES_ALONE = ("one domain", "irregular plurals", "the longest names", "ten domains")

# The only files that ask what was answered; all others are the same in every service, or owned by an option.
COMPOSITION_ROOTS = {
    ".devcontainer/devcontainer.json",
    ".dockerignore",
    ".env.example",
    ".github/dependabot.yml",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".gitlab-ci.yml",
    "AGENTS.md",
    "Dockerfile",
    "Makefile",
    "README.md",
    "app/database/__init__.py",
    "app/database/ownership_sql.py",
    "app/database/violations.py",
    "app/docs.py",
    "app/domains/gadgets/__init__.py",
    "app/domains/gadgets/router.py",
    "app/domains/widgets/__init__.py",
    "app/domains/widgets/router.py",
    "app/errors.py",
    "app/factory.py",
    "app/idempotency/__init__.py",
    "app/idempotency/route.py",
    "app/predictions/__init__.py",
    "app/routing.py",
    "app/settings.py",
    "app/state.py",
    "app/tasks/__init__.py",
    "app/tasks/docket_redis.py",
    "app/tasks/in_memory.py",
    "app/tasks/outbox.py",
    "app/tasks/registry.py",
    "app/tasks/router.py",
    "app/tasks/schemas.py",
    "app/tasks/store_sql.py",
    "app/telemetry/__init__.py",
    "app/worker.py",
    "compose.production.yaml",
    "compose.yaml",
    "deploy/Caddyfile",
    "deploy/kubernetes/base/deployment.yaml",
    "deploy/kubernetes/base/kustomization.yaml",
    "deploy/kubernetes/base/network-policy.yaml",
    "deploy/kubernetes/overlays/production/kustomization.yaml",
    "deploy/observability/alerts.yaml",
    "deploy/observability/alerts_test.yaml",
    "deploy/observability/dashboard.json",
    "docs/authorisation.md",
    "docs/data.md",
    "docs/domains.md",
    "docs/errors.md",
    "docs/fastapi.md",
    "docs/operations.md",
    "docs/tasks.md",
    "docs/security.md",
    "docs/telemetry.md",
    "docs/tracing.md",
    "migrations/env.py",
    "migrations/versions/create_accounts.py",
    "migrations/versions/create_background_tasks.py",
    "overlays/deployment-docker+kubernetes/docs/deployment.md",
    "overlays/deployment-docker+kubernetes/tests/test_deployment.py",
    "overlays/deployment-kubernetes/docs/kubernetes.md",
    "overlays/tasks-in-process/docs/workers.md",
    "overlays/tasks-redis/docs/workers.md",
    "pyproject.toml",
    "scripts/scaffold/change.py",
    "scripts/scaffold/render.py",
    "scripts/scaffold/write.py",
    "scripts/seed.py",
    "tests/accounts/conftest.py",
    "tests/auth/test_guards.py",
    "tests/conftest.py",
    "tests/support/domain.py",
    "tests/support/probe/__init__.py",
    "tests/tasks/test_submitting.py",
    "tests/test_kubernetes.py",
    "tests/test_ownership_sql.py",
    "tests/test_secrets.py",
    "tests/test_settings.py",
}

# Data, copied as it is: the only files that are no text.
DATA = {"models/model.onnx"}

# What is run in a service; the rest of it is text.
CODE = ("app", "migrations", "scripts", "tests", "pyproject.toml")

# Packages that a service needs and does not import, and where they are named instead.
UNIMPORTED = {
    "aiosqlite": ("app/settings.py", "sqlite+aiosqlite:"),
    "fastapi-offline": ("app/docs.py", "fastapi_offline"),
    "psycopg": ("app/settings.py", "postgresql+psycopg:"),
    "uvicorn": ("Makefile", "uv run uvicorn"),
}


def label(answers: Mapping[str, str]) -> str:
    """A short name for a combination."""
    kinds = {text: kind for kind, text in DOMAINS.items()}
    texts = [kinds[answer] if question == "domains" else answer for question, answer in answers.items()]
    return ", ".join(texts)


def needed_servers(answers: Mapping[str, str]) -> Iterator[str]:
    """The servers without which such a service is not ready."""
    return (known for answer in answers.items() if answer in KNOWN and (known := KNOWN[answer].server))
