"""An extension of Jinja with which cookiecutter refuses bad answers while it asks, and runs none of them."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

ROOT = Path(__file__).parent
FOLDER = "{{cookiecutter.project_slug}}"
HOOKS = ROOT / "hooks"
QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES = {name: known for name, known in QUESTIONS.items() if isinstance(known, list) and name[0] != "_"}
DEFAULTS = QUESTIONS | {name: known[0] for name, known in CHOICES.items()}
# The templates that cookiecutter does not read from a file by its name. Every other such text is an answer.
OWN = {text for text in QUESTIONS.values() if isinstance(text, str)}
OWN |= {hook.read_text(encoding="utf-8") for hook in HOOKS.glob("*.py")}

HOOK = runpy.run_path(str(HOOKS / "pre_gen_project.py"))
POST_HOOK = runpy.run_path(str(HOOKS / "post_gen_project.py"))
SCAFFOLD = POST_HOOK["scaffold"](ROOT / FOLDER)


def unknown_choices(answers: dict[str, Any]) -> list[str]:
    """A replay can have them; all others cookiecutter compares itself."""
    unknown = [name for name in CHOICES if answers.get(name, CHOICES[name][0]) not in CHOICES[name]]
    return [f"{name}: choose one of {', '.join(CHOICES[name])}" for name in unknown]


def check(answers: dict[str, Any]) -> str:
    """Stop with one message: for an exception, cookiecutter shows a traceback, or all that it knows."""
    asked = [*QUESTIONS][: [*QUESTIONS].index("__checked")]
    if any(name not in answers for name in asked):  # of a replay, only what it lacks is asked
        return "yes"
    owned = answers["auth"] != "none"
    found = HOOK["problems"](answers) + SCAFFOLD.domain_problems(str(answers["domains"]), owned=owned)
    if found := found + unknown_choices(answers):
        given = {name: answer for name, answer in answers.items() if answer != DEFAULTS.get(name)}
        sys.exit(HOOK["refusal"](found, given))
    return "yes"


class CheckAnswers(Extension):
    """Without it, `project_name={{ 7*7 }}` on the command line is 49."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["check"] = check

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        if source == FOLDER:  # rendered before the folder is made, also for a replay
            return "{{ '' if check(cookiecutter) }}" + source
        return source if name or source in OWN else f"{{{{ {source!r} }}}}"
