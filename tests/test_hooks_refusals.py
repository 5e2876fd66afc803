"""Refusals by the command itself: one short message with the way on, and nothing is left, run or deleted."""

import json
import re
import shlex
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import prompt_for_config
from support.answering import run_cookiecutter
from support.options import IMPOSSIBLE, QUESTIONS
from support.paths import files
from support.programs import attempt
from test_answers import TEXTS, check_carried

BAD = {
    "a slug": ("project_slug=../../evil", "  - project_slug: use lower-case letters, digits"),
    "a pair": ("tasks=postgresql", "  - tasks: needs database=postgresql; or choose redis"),
    "a domain": ("domains=people", "  - domains: 'people': this is no regular plural; write 'person:people'"),
    "a text": ("author_name=", "  - author_name: is empty; write something"),
}


@pytest.mark.parametrize("flags", [(), ("-f", "--keep-project-on-failure")], ids=["plain", "by force"])
@pytest.mark.parametrize(("answer", "line"), BAD.values(), ids=BAD)
def test_a_refusal_is_one_short_message_and_changes_nothing(
    answer: str, line: str, flags: tuple[str, ...], template: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "out" / "my-service" / "app" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    before = [*(tmp_path / "out").rglob("*")]
    run = run_cookiecutter(template, tmp_path / "out", *flags, answer)
    assert run.returncode == 1
    assert run.stdout == ""
    said = run.stderr.splitlines()
    assert said[0] == "This service cannot be made:"
    assert said[1].startswith(line)
    kept = [
        "To keep your other answers, put them after the template in your command: project_slug=my-service"
    ]
    assert said[2:] == ([] if "slug" in line else kept)
    assert [*(tmp_path / "out").rglob("*")] == before
    assert mine.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("question", ["project_name", "project_slug", "description", "domains"])
@pytest.mark.parametrize(
    "code",
    [
        "{{ 7*7 }}",
        "{{ cookiecutter.update(license='MIT') }}",
        "{{ 1/0 }}",
        "{% raw %}",
        "{% endraw %}",
        "{# note #}",
        "# % if",
    ],
)
def test_template_code_on_the_command_line_is_refused_and_not_run(
    code: str, question: str, template: Path, tmp_path: Path
) -> None:
    run = run_cookiecutter(template, tmp_path / "out", f"{question}={code}")
    assert run.returncode == 1
    assert f"  - {question}: " in run.stderr
    assert "Traceback" not in run.stderr
    assert "49" not in run.stdout + run.stderr
    assert not (tmp_path / "out").exists()


def test_the_answers_that_a_refusal_repeats_can_be_given_again(template: Path, tmp_path: Path) -> None:
    answers = {name: f"{name} \"'\\ = \U0001f680 $HOME 100 %" for name in TEXTS}
    given = [f"{name}={answer}" for name, answer in answers.items()]
    run = run_cookiecutter(
        template, tmp_path / "out", *given, "project_slug=A", "license=MIT", "domains=people", console="utf-8"
    )
    kept = shlex.split(run.stderr.splitlines()[-1].partition("in your command: ")[2])
    assert kept == given
    again = run_cookiecutter(template, tmp_path / "out", *kept, console="utf-8")
    assert again.returncode == 0, again.stderr
    [service] = (tmp_path / "out").iterdir()
    check_carried(service, answers)


def test_all_that_can_be_wrong_is_asked_before_it_is_checked() -> None:
    """So a person is told at once, and of everything."""
    asked = [*QUESTIONS][: [*QUESTIONS].index("__checked")]
    free = {name for name, default in QUESTIONS.items() if isinstance(default, str) and name[0] != "_"}
    assert free | {question for pairs in IMPOSSIBLE for question, _ in pairs} <= {*asked}


def test_a_choice_that_needs_another_says_so_in_its_prompt() -> None:
    for (question, answer), *_ in IMPOSSIBLE:
        prompt = QUESTIONS["__prompts__"][question][answer]
        assert re.search("must be the database|need a database and background tasks", prompt)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"database": "mysql"}, "  - database: choose one of sqlite, postgresql, none"),
        ({"project_slug": "../evil"}, "  - project_slug: use lower-case letters"),
        ({"tasks": "postgresql"}, "  - tasks: needs database=postgresql"),
    ],
    ids=lambda wrong: "".join(wrong) if isinstance(wrong, dict) else "",
)
def test_a_replay_with_a_bad_answer_is_refused_too(
    wrong: dict[str, str], line: str, template: Path, tmp_path: Path
) -> None:
    made = run_cookiecutter(template, tmp_path / "first")
    assert made.returncode == 0, made.stderr
    record = tmp_path / ".cookiecutter_replay" / f"{template.name}.json"
    context = json.loads(record.read_text(encoding="utf-8"))
    context["cookiecutter"] |= wrong
    record.write_text(json.dumps(context), encoding="utf-8")
    run = run_cookiecutter(template, tmp_path / "out", "--replay", typed="")
    assert run.returncode == 1
    assert line in run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"project_slug": "../../evil", "tasks": "postgresql"}, "  - tasks: needs database=postgresql"),
        ({"project_slug": "../../evil", "tasks": "redis"}, "  - project_slug: use lower-case"),
        ({"domains": "people"}, "  - domains: 'people': this is no regular plural"),
    ],
)
def test_cruft_which_cannot_load_our_check_is_refused_by_the_hooks(
    answers: dict[str, str],
    line: str,
    template: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """By the functions of cookiecutter that it calls."""
    context = generate_context(str(template / "cookiecutter.json"), extra_context=answers)
    context["cookiecutter"] = prompt_for_config(context, no_input=True)
    with pytest.raises(FailedHookException):
        generate_files(template, context, output_dir=tmp_path / "a" / "b" / "out")
    assert line in capfd.readouterr().err
    assert files(tmp_path) == {}
    assert {path.name for path in tmp_path.rglob("*")} == {"a", "b", "out"}


def test_a_service_for_which_no_hook_ran_says_so_at_the_first_command(template: Path, tmp_path: Path) -> None:
    run = run_cookiecutter(template, tmp_path, "--accept-hooks=no")
    assert run.returncode == 0, run.stderr
    code, said = attempt(["make", "check"], tmp_path / "my-service", {}, 60)
    assert code != 0
    assert re.search("This service is not finished: .* Render it again", said)


def test_a_finished_service_does_not_say_so(template: Path, tmp_path: Path) -> None:
    run = run_cookiecutter(template, tmp_path)
    assert run.returncode == 0, run.stderr
    assert not (tmp_path / "my-service" / "GNUmakefile").exists()
    # What a user reads last.
    assert run.stdout == "Your service is in my-service. Next: cd my-service && make check\n"
