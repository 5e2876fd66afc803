"""What a planted fault is, and the tests that are meant to see it."""

from typing import NamedTuple


class Fault(NamedTuple):
    """In a file something is replaced; then a test, chosen by words of its name, must fail and say why."""

    file: str
    old: str
    new: str
    test: str
    chosen: str
    message: str


HOOK = "hooks/post_gen_project.py"
OWNED = "{{cookiecutter.project_slug}}/owned.json"
OVERLAYS, CONDITIONS = "tests/test_overlays.py", "tests/test_conditions.py"
RENDERING, DOCUMENTS = "tests/test_rendering.py", "tests/test_documents.py"
VERIFICATION = "tests/verification"
FACTORS, UNION = f"{VERIFICATION}/test_factors.py", f"{VERIFICATION}/test_union.py"
CODE, SMOKE = f"{VERIFICATION}/test_code.py", f"{VERIFICATION}/test_smoke.py"
PAIRWISE, EXTREMES = f"{VERIFICATION}/test_pairwise.py", f"{VERIFICATION}/test_extremes.py"
HOSTILE, DEPENDENCIES = f"{VERIFICATION}/test_hostile.py", f"{VERIFICATION}/test_dependencies.py"
