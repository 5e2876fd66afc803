"""What is wrong with answers, by the rules of the hook and the scaffold themselves."""

from typing import Any

from .templates import Answers, Template


def without_command(refusal: str) -> str:
    """Below the problems stands what to put into a command, to keep the other answers: a page keeps them."""
    return refusal.partition("\nTo keep ")[0]


def verdict(template: Template, answers: Answers) -> dict[str, Any]:
    """The words of the refusal, if it is one; and for each choice, what would be wrong with it now."""
    said, slug = "", ""
    try:
        slug = template.completed(answers, checked=True)["project_slug"]
    except SystemExit as refusal:
        said = str(refusal.code)
    # Each problem is a line of its own.
    problems = without_command(said).split("\n  - ")[1:]
    return {"refusal": said, "problems": problems, "slug": slug, "marks": marks(template, answers)}


def marks(template: Template, answers: Answers) -> dict[str, dict[str, list[str]]]:
    """Of each choice, the problems that another choice for the same question does not have."""
    rules = template.rules()
    known = rules.DEFAULTS | {name: answers[name] for name in rules.CHOICES if name in answers}
    found = {}
    for question, choices in rules.CHOICES.items():
        problems = {choice: rules.HOOK["problems"]({**known, question: choice}) for choice in choices}
        always = set.intersection(*map(set, problems.values()))
        found[question] = {
            choice: [each for each in said if each not in always] for choice, said in problems.items()
        }
    return found
