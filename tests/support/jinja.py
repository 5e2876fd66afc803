"""The template's files as Jinja reads them: which questions they name, and their text for some answers."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from jinja2 import Environment, Template, nodes

from .covering import AXES
from .options import QUESTIONS
from .paths import raw_files


@cache
def environment() -> Environment:
    return create_env_with_context({"cookiecutter": QUESTIONS})


@cache
def plain() -> dict[str, Any]:
    """What cookiecutter makes of the questions when every text is its default."""
    # It takes the prompts out of what it is given.
    return {**prompt_for_config({"cookiecutter": deepcopy(QUESTIONS)}, no_input=True)}


# The answers of each question that changes more than the words in a text.
VALUES: dict[str, list[str]] = {**AXES, "description": [plain()["description"], ""]}


@cache
def parsed(path: str) -> nodes.Template:
    """A file of the raw template, by its path there."""
    return environment().parse(raw_files()[path].read_text(encoding="utf-8"))


def attributes(node: nodes.Node) -> Iterator[str]:
    """What is asked of `cookiecutter` in a piece of a template."""
    for each in node.find_all(nodes.Getattr):
        if isinstance(each.node, nodes.Name) and each.node.name == "cookiecutter":
            yield each.attr


def questions_in(node: nodes.Node) -> tuple[str, ...]:
    """The questions that a piece of a template names, in their order."""
    named = {*attributes(node)}
    return tuple(question for question in VALUES if question in named)


def compiled(body: Iterable[nodes.Node]) -> Template:
    """A template of some parts of another."""
    code = environment().compile(nodes.Template([*body], lineno=1))
    return Template.from_code(environment(), code, {})


def text(template: Template, answers: Mapping[str, str]) -> bytes:
    """With nothing but these answers: what asks for another fails."""
    context = {name: value for name, value in plain().items() if name not in VALUES} | {**answers}
    return template.render(cookiecutter=context).encode()
