"""Presets: the command in README.md and `make new` take each, and its answers reach the service."""

import sys
from pathlib import Path

import pytest
import render as tool
from check_preset import problem
from support.fixtures import Presets, Rendered
from support.options import CHOICES, DEFAULTS, minimal, possible
from support.paths import ROOT, clone, files
from support.presets import ADDRESS, ASKED, PRESETS, command
from support.programs import attempt, run

# In one process: they share five services.
pytestmark = pytest.mark.xdist_group("presets")


def chosen(name: str) -> dict[str, str]:
    return {question: answer for question, answer in PRESETS[name].items() if question in CHOICES}


def test_readme_names_each_preset_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sentence = text.partition("\n## Presets\n")[2].partition(".")[0]
    assert sorted(sentence.split("`")[1::2]) == [*PRESETS]


@pytest.mark.parametrize("name", PRESETS)
def test_every_answer_of_a_preset_is_known(name: str) -> None:
    """Cookiecutter leaves out an unknown answer of such a file, and all that follow it."""
    assert {*PRESETS[name]} <= {*ASKED}
    assert [answer for answer in PRESETS[name].values() if not isinstance(answer, str)] == []
    assert [each for each, answer in chosen(name).items() if answer not in CHOICES[each]] == []
    assert possible(DEFAULTS | chosen(name))


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "everything"])
def test_a_preset_says_only_what_is_no_default(name: str) -> None:
    """So a new question, which is off at first, needs no line in it."""
    assert [question for question, answer in chosen(name).items() if answer == DEFAULTS[question]] == []


def test_minimal_leaves_out_all_that_can_be_left_out() -> None:
    assert DEFAULTS | chosen("minimal") == minimal()


def test_everything_leaves_out_nothing() -> None:
    """A new part has its line there, or this fails."""
    parts = [question for question, answers in CHOICES.items() if "none" in answers]
    assert [part for part in parts if chosen("everything").get(part, "none") == "none"] == []


def test_no_two_presets_make_the_same_service(presets: Presets) -> None:
    assert [*presets] == [*PRESETS]
    assert len({str(files(service)) for service in presets.values()}) == len(presets)


def test_the_command_in_the_readme_gives_the_service_all_answers(
    presets: Presets, rendered: Rendered
) -> None:
    assert files(presets["everything"]) == rendered(**PRESETS["everything"])


def test_a_preset_that_is_not_there_renders_nothing(tmp_path: Path) -> None:
    step = command("nothing").replace(ADDRESS, f"file://{ROOT}").replace("uvx", "echo uvx")
    code, said = attempt(["bash", "-euc", step], tmp_path, {}, 60)
    assert (code != 0, "uvx" in said, [*tmp_path.iterdir()]) == (True, False, [])


def test_make_new_takes_a_preset_and_further_answers(tmp_path: Path, rendered: Rendered) -> None:
    checkout = clone(tmp_path)
    run("make", "new", "preset=minimal", 'ANSWERS=project_name="작은 서비스"', cwd=checkout)
    [service] = (checkout / "build").iterdir()
    answers = PRESETS["minimal"] | {"project_name": "작은 서비스"}
    assert files(service) == rendered(**answers)


def test_make_new_says_how_an_apostrophe_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERS", "--no-input project_name=Bob's")
    with pytest.raises(
        SystemExit, match=r"""ANSWERS: No closing quotation. .*='project_name="Bob's books"'"""
    ):
        tool.main()


def test_make_new_names_the_presets_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("preset", "../hooks")
    monkeypatch.setattr(sys, "argv", ["render.py"])
    with pytest.raises(SystemExit, match=r"no preset '../hooks'. Choose one of: api, everything, "):
        tool.main()


WRONG = {
    "default_context:\n  databse: none\n": "no question 'databse'; write database",
    "default_context:\n  colour: red\n": "no question 'colour'; write one of project_name, ",
    "": "has no answers; write them below 'default_context:'",
    "database: none\n": "has no answers; write them below 'default_context:'",
    "default_context:\n": "has no answers; write them below 'default_context:'",
    "default_context:\n  - database\n": "has no answers; write them below 'default_context:'",
    "default_context: {database: [\n": "cannot be read as YAML; correct it: ",
    "default_context:\n  database: oracle\n": "no choice 'oracle'; choose one of sqlite, ",
    "default_context:\n  python_version: 3.13\n": "python_version is no text; put quotes around it",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_of_a_preset_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    said = problem(path)
    assert said.startswith("own.yaml ")
    assert WRONG[text] in said
    assert "\n" not in said


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_not_refused(name: str) -> None:
    assert problem(tool.PRESETS / f"{name}.yaml") == ""


def test_make_new_makes_nothing_of_a_wrong_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("default_context: []\n", encoding="utf-8")
    monkeypatch.setattr(tool, "PRESETS", tmp_path)
    with pytest.raises(SystemExit, match="No service was made"):
        tool.preset("own")
