"""What the page asks, as `cookiecutter.json` says it; types of fields, as the scaffold has them; presets."""

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import yaml
from template import ROOT, SERVICE

from .archives import Files


def read_questions(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Each with its text, and its choices with theirs, in the order in which a person thinks."""
    known = json.loads(files["cookiecutter.json"])
    prompts = known.get("__prompts__", {})
    return [
        question(name, default, prompts.get(name, name))
        for name, default in known.items()
        if not name.startswith("_")
    ]


def question(name: str, default: Any, prompt: Any) -> dict[str, Any]:
    texts = prompt if isinstance(prompt, dict) else {"__prompt__": prompt}
    found = {"name": name, "text": texts.get("__prompt__", name)}
    if isinstance(default, list):
        choices = [{"value": value, "text": texts.get(value, value)} for value in default]
        return found | {"choices": choices, "default": default[0]}
    # One that is made of other answers is shown as soon as Python is there to make it.
    derived = "{{" in str(default)
    return found | {"default": "" if derived else default, "derived": derived}


def field_types() -> list[str]:
    """Of the scaffold itself, for the list from which a person chooses."""
    sys.path.insert(0, str(ROOT / SERVICE / "scripts"))
    caches, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return [*importlib.import_module("scaffold.fields").TYPES]
    finally:
        sys.dont_write_bytecode = caches
        sys.path.pop(0)


def presets(files: Files) -> dict[str, dict[str, str]]:
    """Answers by the name of their file: a configuration of cookiecutter's."""
    found = {name: yaml.safe_load(text) for name, text in sorted(files.items())}
    return {name.removesuffix(".yaml"): known["default_context"] for name, known in found.items()}


def preset_files() -> Files:
    return {path.name: path.read_bytes() for path in sorted((ROOT / "presets").glob("*.yaml"))}
