"""Says what is wrong with the file of a preset, of which cookiecutter leaves out what it does not know."""

import json
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from template import ROOT

QUESTIONS: dict[str, Any] = {
    name: default
    for name, default in json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8")).items()
    if not name.startswith("_")
}


def problem(path: Path) -> str:
    """One sentence with its remedy; empty when the file is good."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return f"{path.name} cannot be read as YAML; correct it: {' '.join(str(error).split())}"
    answers = found.get("default_context") if isinstance(found, dict) else None
    if not isinstance(answers, dict) or not answers:
        return f"{path.name} has no answers; write them below 'default_context:', as api.yaml does"
    said = [why for name, answer in answers.items() if (why := answer_problem(str(name), answer))]
    return f"{path.name} has a wrong answer: {said[0]}" if said else ""


def answer_problem(name: str, answer: object) -> str:
    if name not in QUESTIONS:
        near = get_close_matches(name, QUESTIONS, 1)
        known = near[0] if near else f"one of {', '.join(QUESTIONS)}"
        return f"cookiecutter.json has no question {name!r}; write {known}"
    if not isinstance(answer, str):
        return f"{name} is no text; put quotes around it"
    choices = QUESTIONS[name]
    if isinstance(choices, list) and answer not in choices:
        return f"{name} has no choice {answer!r}; choose one of {', '.join(choices)}"
    return ""


if __name__ == "__main__":
    sys.exit(problem(Path(sys.argv[1])) or None)
