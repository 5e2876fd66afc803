"""Answers, given on the command line or typed at the keyboard."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cookiecutter.main import cookiecutter
from cookiecutter.utils import create_env_with_context

from .options import CHOICES, QUESTIONS, Answers

Way = Callable[[Path, Path, Answers], Path]

FREE = [name for name in QUESTIONS if not name.startswith("_") and name not in CHOICES]


def call(template: Path, folder: Path, **options: Any) -> Path:
    home: Any = {"replay_dir": str(folder / "home"), "cookiecutters_dir": str(folder / "home")}
    return Path(cookiecutter(str(template), output_dir=str(folder / "out"), default_config=home, **options))


def give(template: Path, folder: Path, answers: Answers) -> Path:
    """As on the command line."""
    return call(template, folder, no_input=True, extra_context=answers)


def type_in(template: Path, folder: Path, answers: Answers) -> Path:
    """As at the keyboard: Enter for what is not answered, and for every choice."""
    lines = [answers.get(name, "") for name in QUESTIONS if not name.startswith("_")]
    with patch.object(sys, "stdin", io.StringIO("\n".join([*lines, ""]))):
        return call(template, folder)


def as_given(text: str) -> str:
    """Cookiecutter renders what stands on the command line."""
    return str(create_env_with_context({"cookiecutter": {}}).from_string(text).render(cookiecutter={}))


def can_be_typed(answers: Answers) -> bool:
    """A line of text, which is not the key Enter alone."""
    texts = [*answers.values()]
    return all(text.strip() and text.splitlines() == [text] for text in texts)
