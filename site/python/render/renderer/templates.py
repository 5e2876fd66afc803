"""The template that lies here, an older release next to it, and the answers that each of them knows."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """A release of the template, in a folder."""

    folder: Path

    @property
    def questions(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "cookiecutter.json").read_text(encoding="utf-8"))
        return found

    @property
    def service(self) -> Path:
        return next(path for path in self.folder.glob("*cookiecutter.*") if path.is_dir())

    def known(self, answers: Answers) -> dict[str, str]:
        """What it asks, of these answers; for the rest it has defaults."""
        questions = self.questions
        return {name: answer for name, answer in answers.items() if fits(questions.get(name), answer)}

    def rules(self) -> ModuleType:
        """Its own `check_answers.py`, which has read its hook and its scaffold."""
        loaded = sys.modules.get("check_answers")
        if loaded is None or Path(str(loaded.__file__)).parent != self.folder:
            sys.modules.pop("check_answers", None)
            sys.path.insert(0, str(self.folder))
            try:
                loaded = __import__("check_answers")
            finally:
                sys.path.pop(0)
        return loaded

    def completed(self, answers: Answers, *, checked: bool) -> dict[str, Any]:
        """All answers, as cookiecutter completes them; checked, SystemExit says what is wrong with them."""
        context = generate_context(str(self.folder / "cookiecutter.json"), extra_context=dict(answers))
        if checked:
            self.rules()
            context["cookiecutter"]["_extensions"] = ["check_answers.CheckAnswers"]
        return dict(prompt_for_config(context, no_input=True))


def fits(question: object, answer: str) -> bool:
    """Whether a release asks this, and offers this choice."""
    return answer in question if isinstance(question, list) else question is not None


def add_older(newer: Template, folder: Path, changed: Path, removed: list[str]) -> Template:
    """The older release, made of the newer one and what was different then."""
    shutil.copytree(newer.folder, folder)
    # An archive of no files makes no folder.
    if changed.exists():
        shutil.copytree(changed, folder, dirs_exist_ok=True)
    for name in removed:
        (folder / name).unlink()
    return Template(folder)
