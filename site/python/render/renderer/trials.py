"""Which service can run here: the nearest to the chosen one whose packages are all in the page."""

import re
import tomllib
from collections.abc import Callable

from cookiecutter.utils import create_env_with_context

from .templates import Answers, Template


def dependency_reader(template: Template, answers: Answers) -> Callable[[Answers], set[str]]:
    """What a service depends on with other choices than these: only the text that says so is rendered."""
    completed = template.completed(answers, checked=False)
    text = (template.service / "pyproject.toml").read_text(encoding="utf-8")
    compiled = create_env_with_context({"cookiecutter": completed}).from_string(text)

    def dependencies(choices: Answers) -> set[str]:
        project = tomllib.loads(compiled.render(cookiecutter={**completed, **choices}))["project"]
        return {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in project["dependencies"]}

    return dependencies


def neighbours(template: Template, answers: Answers) -> list[dict[str, str]]:
    """All good answers that differ in one choice."""
    rules = template.rules()
    known = rules.DEFAULTS | dict(answers)
    found = [{**answers, name: choice} for name, choices in rules.CHOICES.items() for choice in choices]
    return [one for one in found if one != answers and not added(rules.HOOK["problems"], known, one)]


def added(problems: Callable[[Answers], list[str]], known: Answers, answers: Answers) -> set[str]:
    """The problems that come with other answers."""
    return {*problems({**known, **answers})} - {*problems(known)}


def runnable(template: Template, answers: Answers, available: list[str]) -> dict[str, object]:
    """Change one choice after the other, each time that which leaves the fewest packages missing."""
    dependencies, now, changed = dependency_reader(template, answers), dict(answers), []
    missing = dependencies(now) - {*available}
    while missing:
        candidates = [(one, dependencies(one) - {*available}) for one in neighbours(template, now)]
        best, left = min(candidates, key=lambda candidate: len(candidate[1]))
        if len(left) >= len(missing):
            break
        name = next(name for name in best if best[name] != now.get(name))
        changed.append({"question": name, "answer": best[name]})
        now, missing = best, left
    return {"answers": now, "changed": changed, "missing": sorted(missing)}
