"""Faults in the files of the template."""

from ..paths import SERVICE
from .fault import CODE, CONDITIONS, FACTORS, UNION, Fault

AIOSQLITE = '  "aiosqlite>=0.22,<0.23",\n'

TEMPLATE = {
    "a condition misspelt": Fault(
        f"{SERVICE}/pyproject.toml", '== "sqlite"', '== "sqllite"', CONDITIONS, "can_be_given", "sqllite"
    ),
    "a condition in a file that should know nothing": Fault(
        f"{SERVICE}/app/clock.py",
        '"""\n',
        '"""\n# % if cookiecutter.ci == "none"\n# % endif\n',
        CONDITIONS,
        "composition_roots",
        "clock",
    ),
    "a dependency left behind": Fault(
        f"{SERVICE}/pyproject.toml",
        f'  # % if cookiecutter.database == "sqlite"\n{AIOSQLITE}  # % endif\n',
        AIOSQLITE,
        FACTORS,
        "nothing_is_left",
        "speaks of",
    ),
    "a setting that no module reads": Fault(
        f"{SERVICE}/app/settings.py",
        "    max_body",
        "    spare: int = 1\n    max_body",
        UNION,
        "union",
        "SPARE",
    ),
    "an import that is not used": Fault(
        f"{SERVICE}/app/clock.py", '"""\n', '"""\n\nimport os\n', CODE, "linted", "F401"
    ),
    "a private name of a framework": Fault(
        f"{SERVICE}/app/main.py", "app = ", "create_app._debug\napp = ", CODE, "public and main", "_debug"
    ),
    "a trace of the template": Fault(
        f"{SERVICE}/AGENTS.md", "# ", "# {{ '{{' }} x }} ", FACTORS, "AGENTS", "trace"
    ),
    "an unquoted answer": Fault(
        f"{SERVICE}/app/settings.py",
        ".__project_name",
        ".project_name",
        "tests/test_answers.py",
        "awkward",
        "Syntax",
    ),
}
