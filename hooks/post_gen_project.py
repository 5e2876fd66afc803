"""Give the service its shape: choose variants, prune what was not asked for, stamp the domains."""

import json
import runpy
import shutil
from pathlib import Path

# One file in several forms: (question, path, {answer: the file that takes its place}).
# With any other answer the path keeps the file it has. The forms that were not chosen go.
VARIANTS = (
    (
        "license",
        "LICENSE",
        {
            "MIT": "LICENSE.MIT",
            "Apache-2.0": "LICENSE.Apache-2.0",
            "BSD-3-Clause": "LICENSE.BSD-3-Clause",
            "Proprietary": "LICENSE.Proprietary",
        },
    ),
    ("database", "app/engine.py", {"postgresql": "variants/postgresql/app/engine.py"}),
    ("database", "tests/databases.py", {"postgresql": "variants/postgresql/tests/databases.py"}),
    (
        "database",
        "benchmarks/storage.py",
        {
            "postgresql": "variants/postgresql/benchmarks/storage.py",
            "none": "variants/none/benchmarks/storage.py",
        },
    ),
    ("database", "benchmarks/bare.py", {"none": "variants/none/benchmarks/bare.py"}),
    ("database", "app/database.py", {"none": "variants/none/app/database.py"}),
    *(
        ("database", f"app/domains/widgets/{file}", {"none": f"variants/none/app/domains/widgets/{file}"})
        for file in ("models.py", "repository.py")
    ),
    *(
        ("database", path, {"none": f"variants/none/{path}"})
        for path in ("app/tasks/records.py", "tests/queues.py", "tests/tasks/test_loss.py")
    ),
    *(
        (
            "tasks",
            path,
            {"redis": f"variants/tasks-redis/{path}", "postgresql": f"variants/tasks-postgresql/{path}"},
        )
        for path in (
            "app/tasks/engine.py",
            "app/tasks/records.py",
            "benchmarks/bare_tasks.py",
            "tests/queues.py",
        )
    ),
    *(
        ("tasks", path, {"postgresql": f"variants/tasks-postgresql/{path}"})
        for path in ("app/tasks/retries.py", "migrations/versions/tasks.py", "tests/tasks/test_recovery.py")
    ),
    *(
        ("tasks", path, {"redis": f"variants/worker/{path}", "postgresql": f"variants/worker/{path}"})
        for path in ("app/worker.py", "tests/test_worker.py", "tests/worker.py")
    ),
)

# What stays when one of these answers is given, and goes otherwise: ({question: answers}, paths).
SQL = (
    "alembic.ini",
    "app/engine.py",
    "app/migrations.py",
    "benchmarks/fill.py",
    "migrations",
    "tests/databases.py",
    "tests/domains/widgets/test_repository.py",
    "tests/test_database.py",
    "tests/test_migrations.py",
)
MODEL = (
    "app/predictions",
    "benchmarks/naive.py",
    "benchmarks/predictions.py",
    "models",
    "scripts/model.py",
    "tests/predictions",
)
OWNED = (
    ({"database": ("sqlite", "postgresql")}, SQL),
    ({"tasks": ("in-process", "postgresql")}, ("migrations/versions/tasks.py",)),
    # Tasks are lost only in the memory of the service itself.
    (
        {"database": ("sqlite", "postgresql"), "tasks": ("redis", "postgresql")},
        ("tests/tasks/test_durability.py",),
    ),
    ({"tasks": ("in-process",)}, ("tests/tasks/test_loss.py",)),
    ({"model_serving": ("onnx",)}, MODEL),
    ({"ci": ("github",)}, (".github",)),
    ({"ci": ("gitlab",)}, (".gitlab-ci.yml",)),
)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def choose_variants(root: Path, answers: dict[str, str]) -> None:
    for question, path, forms in VARIANTS:
        if answers[question] in forms:
            (root / forms[answers[question]]).replace(root / path)
        for form in forms.values():
            remove(root / form)
    remove(root / "variants")


def prune(root: Path, answers: dict[str, str]) -> None:
    for keeping, paths in OWNED:
        if all(answers[question] not in kept for question, kept in keeping.items()):
            for path in paths:
                remove(root / path)


def stamp(root: Path, answers: dict[str, str]) -> None:
    """By the script inside the service, so that domains made later come out the same."""
    script = runpy.run_path(str(root / "scripts" / "domain.py"))
    script["set_aside"](root)
    script["stamp"](root, answers["domains"])


def main() -> None:
    root = Path.cwd()
    answers = json.loads(r"""{{ cookiecutter | tojson }}""")
    choose_variants(root, answers)
    prune(root, answers)
    stamp(root, answers)
    print(f"Your service is in {root.name}. Next: cd {root.name} && make check")


if __name__ == "__main__":
    main()
