"""What each answer costs: lines to read, and packages to install."""

from pathlib import Path

import pytest
from support.fixtures import QuickBake, Record
from support.options import OPTIONS, with_answer
from support.paths import files
from support.programs import run

pytestmark = pytest.mark.weekly


def lines(service: dict[str, bytes], folder: str) -> int:
    """Those of Python that are not blank."""
    texts = [text for name, text in service.items() if name.startswith(folder) and name.endswith(".py")]
    return sum(1 for text in texts for line in text.decode("utf-8").splitlines() if line.strip())


def packages(service: Path) -> int:
    """What is installed to run it here, dependencies of dependencies too."""
    options = ("--quiet", "--no-header", "--no-annotate", "pyproject.toml")
    return len(run("uv", "pip", "compile", *options, cwd=service).splitlines())


@pytest.mark.parametrize(("question", "answer"), OPTIONS)
def test_an_answer_costs_what_the_page_says(
    question: str, answer: str, quick_bake: QuickBake, record_property: Record
) -> None:
    with quick_bake(**with_answer(question, answer)) as service:
        made = files(service)
        costs = (lines(made, "app/"), lines(made, "tests/"), packages(service))
    assert min(costs) > 0
    record_property(f"cost: `{question}` | `{answer}`", " | ".join(map(str, costs)))
