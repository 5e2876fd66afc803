"""Faults in the questions, the hooks and their tables."""

from .fault import DEPENDENCIES, DOCUMENTS, HOOK, HOSTILE, OVERLAYS, OWNED, RENDERING, UNION, Fault

TABLES = {
    "a path missing from those that are owned": Fault(
        OWNED, '"app/database/migration_check.py",', "", UNION, "union and none", "not declared: sqlalchemy"
    ),
    "an owned path that is no more": Fault(
        OWNED, "migration_check.py", "migrations_check.py", OVERLAYS, "may_go", "migrations_check.py"
    ),
    "a file left to the wrong answer": Fault(
        OWNED, '"ci-gitlab": [', '"ci-none": [', RENDERING, "brings_its_files", "gitlab"
    ),
    "something that differs each time": Fault(
        HOOK,
        "    prune(root, answers)\n    generate",
        '    prune(root, answers)\n    (root / "a.txt").write_text(f"{id(root)}\\n")\n    generate',
        UNION,
        "union and 3.13",
        "a.txt",
    ),
    "an answer without its proof": Fault(
        "cookiecutter.json", '["MIT",', '["MIT", "ISC",', RENDERING, "known_of_every_answer", "ISC"
    ),
    "a page of the proof that is older than an answer": Fault(
        "cookiecutter.json", '["MIT",', '["MIT", "ISC",', DOCUMENTS, "page", "ISC"
    ),
    "a guard taken away": Fault(
        "hooks/pre_gen_project.py",
        "in re.findall(CONTROL, text):",
        'in "":',
        HOSTILE,
        "breaks",
        "Failing test case",
    ),
    "a floor that is too low": Fault(
        "pyproject.toml",
        "psycopg[binary]>=3.3.6",
        "psycopg[binary]>=3.3",
        DEPENDENCIES,
        "3.11 and lowest and one and postgresql",
        "takes from 2 to 3 positional arguments",
    ),
}
