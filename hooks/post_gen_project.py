"""Give the service its shape: lay overlays, prune what was not chosen, generate the domains."""

import json
import runpy
import shutil
from pathlib import Path

# What lies at one path in several forms: overlays/<question>-<answer>[+<answer>]/<path>.
OVERLAYS = "overlays"
# The domain from which all others are made.
TEMPLATE_DOMAIN = ("app/domains/widgets", "migrations/versions/create_widgets.py", "tests/domains/widgets")
# Make reads this one in the place of the Makefile, and stops: in a service for which no hook ran to its end.
UNFINISHED = "GNUmakefile"
# Files and folders of one answer, or of several.
SQL = """tests/support/migrations.py app/tasks/in_process.py tests/telemetry/test_database.py
    tests/test_migrations.py tests/telemetry/traced/test_statements.py app/database/migrations.py
    tests/test_database.py app/database/sql.py tests/tasks/test_transactions.py app/tasks/store_sql.py
    migrations tests/tasks/test_durability.py tests/tasks/test_store_sql.py tests/support/tables.py
    app/telemetry/database.py app/idempotency/store_sql.py app/telemetry/traced/statements.py
    app/database/sql_repository.py tests/test_idempotency_sql.py app/tasks/docket_sql.py""".split()
TASKS = """tests/predictions/test_tasks.py app/telemetry/tasks.py tests/support/waiting.py tests/tasks
    migrations/versions/create_background_tasks.py app/domains/widgets/tasks.py app/telemetry/traced/tasks.py
    tests/support/cluster.py docs/batch_predictions.md tests/simulations tests/telemetry/traced/test_tasks.py
    app/predictions/batch_predictions.py app/tasks tests/predictions/test_batch_predictions.py
    tests/domains/widgets/test_tasks.py app/predictions/tasks.py app/simulations tests/telemetry/test_tasks.py
    tests/support/probe/submissions.py docs/tasks.md tests/support/probe/tasks.py""".split()
SQLITE = "app/database/sqlite.py tests/support/sqlite.py tests/test_sqlite.py".split()
IN_PROCESS = "app/tasks/in_process.py tests/support/in_process.py tests/support/queue_in_database.py".split()
IN_REDIS = "app/idempotency/store_redis.py app/redis/changes.py app/tasks/docket_redis.py".split()
WORKER = "app/worker.py tests/support/worker.py tests/support/worker_process.py tests/test_worker.py".split()
DOCKET = "app/redis app/tasks/docket.py app/tasks/docket_sql.py tests/support/docket.py".split()
PROCRASTINATE = "app/tasks/procrastinate.py tests/support/procrastinate.py".split()
IN_MEMORY = "app/idempotency/store_memory.py app/tasks/in_memory.py tests/tasks/test_in_memory.py".split()
MODEL = """docs/batch_predictions.md app/predictions app/telemetry/traced/predictions.py scripts/model.py
    models tests/telemetry/traced/test_predictions.py docs/predictions.md app/telemetry/predictions.py
    tests/support/predictors.py tests/telemetry/test_predictions.py tests/predictions""".split()
METRICS = ("app/telemetry", "deploy/observability", "docs/telemetry.md", "tests/telemetry")
TRACING = ("app/telemetry/traced", "app/telemetry/tracing.py", "docs/tracing.md", "tests/telemetry/traced")
# A path is kept when, for each question that names it here, the chosen answer is among those that name it.
OWNED: dict[tuple[str, str], tuple[str, ...]] = {
    ("database", "sqlite"): (*SQL, *SQLITE),
    ("database", "postgresql"): (*SQL, "app/database/postgresql.py", "tests/support/postgresql.py"),
    ("database", "none"): ("app/database/memory.py", *IN_MEMORY, *IN_REDIS),
    ("tasks", "none"): ("app/idempotency/store_memory.py",),
    ("tasks", "in-process"): (*TASKS, *IN_PROCESS, *IN_MEMORY),
    ("tasks", "redis"): (*TASKS, *WORKER, *DOCKET, *IN_REDIS),
    ("tasks", "postgresql"): (*TASKS, *WORKER, *PROCRASTINATE, "tests/support/queue_in_database.py"),
    ("model_serving", "onnx"): (*MODEL,),
    ("telemetry", "metrics"): METRICS,
    ("telemetry", "full"): (*METRICS, *TRACING),
    ("ci", "github"): (".github",),
    ("ci", "gitlab"): (".gitlab-ci.yml",),
}


def move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    remove(target)  # of an earlier render into the same folder
    source.replace(target)


def lay_overlays(root: Path, answers: dict[str, str]) -> None:
    for overlay in sorted((root / OVERLAYS).glob("*")):
        question, _, allowed = overlay.name.partition("-")
        if answers[question] in allowed.split("+"):
            for source in [path for path in overlay.rglob("*") if path.is_file()]:
                move(source, root / source.relative_to(overlay))
    remove(root / OVERLAYS)


def keeps(path: str, answers: dict[str, str], owned: dict[tuple[str, str], tuple[str, ...]] = OWNED) -> bool:
    naming = {pair for pair, paths in owned.items() if path in paths}
    return all((question, answers[question]) in naming for question, _ in naming)


def prune(root: Path, answers: dict[str, str], owned: dict[tuple[str, str], tuple[str, ...]] = OWNED) -> None:
    for path in {path for paths in owned.values() for path in paths}:
        if not keeps(path, answers, owned):
            remove(root / path)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def set_aside(root: Path) -> None:
    """Take the template domain out of the service, where it is a domain too, and keep it for later."""
    for path in filter(Path.exists, (root / name for name in TEMPLATE_DOMAIN)):
        move(path, root / "scripts" / "template_domain" / path.relative_to(root))
    registry = root / "app" / "domains" / "__init__.py"
    text = registry.read_text(encoding="utf-8").replace("from . import widgets\n\n", "")
    registry.write_bytes(text.replace("[widgets]", "[]").encode())


def generate(root: Path, answers: dict[str, str]) -> None:
    """By the script inside the service, so that domains generated later come out the same."""
    set_aside(root)
    runpy.run_path(str(root / "scripts" / "domain.py"))["generate"](root, answers["domains"])


def main() -> None:
    root = Path.cwd()
    answers = json.loads(r"""{{ cookiecutter | tojson }}""")
    script = runpy.run_path(str(root / "scripts" / "domain.py"))
    # Only cruft, and cookiecutter before 2.4, have not asked check_answers.py.
    script["refuse"](script["domain_problems"](answers["domains"]))
    lay_overlays(root, answers)
    prune(root, answers)
    generate(root, answers)
    remove(root / UNFINISHED)
    print(f"Your service is in {root.name}. Next: cd {root.name} && make check")


if __name__ == "__main__":
    main()
