"""Answers: awkward ones reach the service unchanged, impossible ones are refused before anything is made."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.utils import create_env_with_context
from hypothesis import given, settings
from hypothesis import strategies as st
from support.answering import run_cookiecutter
from support.fixtures import Bake, QuickBake
from support.hooks import PRE_GEN
from support.known import DATA
from support.lint import ruff_complains
from support.options import CHOICES, DEFAULTS, QUESTIONS, everything
from support.paths import files

Refuse = Callable[..., str]

TEXTS = ("project_name", "description", "author_name", "author_email")
REQUIRED = ("project_name", "author_name", "author_email")

AWKWARD = (
    'O\'Brien "Bob"',
    '"',
    "'''",
    '"""',
    "\\",
    '\\n \\" \\u0041 \\N{DASH} C:\\new',
    "ends in \\",
    "yes",
    "null",
    "1.0",
    "key: value",
    "# no comment",
    "100 % # % of it",
    "}} %} #} { { $HOME ${HOME} %s %(name)s",
    "</script>&amp;<b>`x`",
    "\u2019\u2013 \u0430\u0440\u0440",
    "\uc8fc\ubb38 \uc11c\ube44\uc2a4",
    "\U0001f680\U0001f468\u200d\U0001f4bb\U0001f1f0\U0001f1f7",
    "e\u0301 \xa0\u3000\u200b\ufeff",
    "  kept  ",
    "x" * 2_000,
)

# Slugs that would make folders where none belong, or that no folder can have.
HOSTILE = ("../../evil", "/tmp/evil", "a/b", "a\\b", "C:evil", "", ".", "..", "a\nb", "a\x7fb", "x" * 300)
MISSPELT = ("My-Service", "my_service", "my service", "-a", "a-", "a--b", "\uc8fc\ubb38", "a.b", "a" * 51)


def carried(service: Path) -> dict[str, list[str]]:
    """Where each text answer is found again in a service."""
    project = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tree = ast.parse((service / "app" / "settings.py").read_text(encoding="utf-8"))
    fields = {
        ast.unparse(n.target): n.value for n in ast.walk(tree) if isinstance(n, ast.AnnAssign) and n.value
    }
    author = project["authors"][0]
    return {
        "project_name": [ast.literal_eval(fields["title"])],
        "description": [project["description"], ast.literal_eval(fields["description"])],
        "author_name": [author["name"]],
        "author_email": [author["email"]],
    }


def check_carried(service: Path, answers: dict[str, str]) -> None:
    assert {name: {*found} for name, found in carried(service).items()} == {
        name: {answer} for name, answer in answers.items()
    }
    for name, content in files(service).items():
        assert name in DATA or content.decode("utf-8") is not None
        if name.endswith(".py"):
            ast.parse(content)
    assert answers["project_name"] in (service / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_an_awkward_text_reaches_the_service_unchanged(text: str, bake: Bake) -> None:
    """And needs no linter or formatter, which would spoil every later `cruft update`."""
    answers = dict.fromkeys(TEXTS, text)
    service = bake(**answers)
    check_carried(service, answers)
    assert ruff_complains(service) == ""


@pytest.mark.parametrize(("slug", "text"), [(1, 81), (6, 88), (7, 95), (50, 110)])
def test_a_service_is_formatted_however_long_its_names_are(slug: int, text: int, bake: Bake) -> None:
    """Of some lengths, they fit into a line, and of others into one of their own."""
    chosen = {"database": "postgresql", "tasks": "redis", "auth": "oidc", "telemetry": "full"}
    names = {"project_slug": "a" * slug, "project_name": "a" * text, "description": "a" * text}
    assert ruff_complains(bake(**chosen, **names)) == ""


LETTERS = st.sampled_from("\"'\\{}%#<>&$`: \u3000\U0001f680") | st.characters()
TEXT = st.text(LETTERS, max_size=80).filter(lambda text: PRE_GEN.text_problem(text, required=True) == "")


@settings(deadline=None, max_examples=50)
@given(st.tuples(*[TEXT] * len(TEXTS)))
def test_any_accepted_text_reaches_the_service_unchanged(
    quick_bake: QuickBake, texts: tuple[str, ...]
) -> None:
    answers = dict(zip(TEXTS, texts, strict=True))
    with quick_bake(**answers, project_slug="a-service") as service:
        check_carried(service, answers)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Service", "my-service"),
        ("\U0001f680", "my-service"),
        ("3D Printing", "service-3d-printing"),
        ("\uc8fc\ubb38 API", "jumun-api"),
        ("Caf\u00e9 & Co.", "cafe-co"),
        ("under_score", "under-score"),
        ("word " * 40, ("word-" * 10)[:-1]),
        ("9" * 80, "service-" + "9" * 42),
    ],
)
def test_the_folder_is_named_after_the_service(name: str, slug: str, bake: Bake) -> None:
    assert bake(project_name=name).name == slug


@settings(deadline=None, max_examples=500)
@given(st.text())
def test_any_name_makes_a_slug_of_the_right_shape(name: str) -> None:
    default = create_env_with_context({}).from_string(QUESTIONS["project_slug"])
    slug = default.render(cookiecutter={"project_name": name})
    assert slug in (PRE_GEN.plain_slug(slug), PRE_GEN.plain_slug(slug).removesuffix("-service"))


@pytest.fixture
def refuse(
    cookies: Any,
    template: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Refuse:
    """Render what must be refused, without a trace on disk, and return the message."""
    # Cookiecutter leaves its copy of the template behind when it stops.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("copies")))

    def refuse(**answers: object) -> str:
        result = cookies.bake(extra_context=answers, template=str(template))
        assert result.exception is not None
        assert result.exit_code != 0
        assert {path.name for path in tmp_path.rglob("*")} <= {"cookies", "bake00"}
        message = "".join(capfd.readouterr()) + str(getattr(result.exception, "error", result.exception))
        assert all(line.isprintable() for line in message.splitlines())
        return message

    return refuse


@pytest.mark.parametrize("question", TEXTS)
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\nb", "U+000A"),
        ("a\r", "U+000D"),
        ("a\tb", "U+0009"),
        ("a\x00", "U+0000"),
        ("a\x7f", "U+007F"),
        ("a\x85b", "U+0085"),
        ("a\u2028b", "U+2028"),
        ("a\u2029b", "U+2029"),
        ("a\ud800b", "U+D800"),
        ("a\u202eb", "U+202E"),
        ("a\u2066b", "U+2066"),
        ("a\ufffe", "U+FFFE"),
        ("{{ 7*7 }}", "template code"),
        ("{% raw %}", "template code"),
        ("{#", "template code"),
    ],
)
def test_a_text_that_breaks_files_is_refused(question: str, text: str, reason: str, refuse: Refuse) -> None:
    message = refuse(**{question: text})
    line = next(line for line in message.splitlines() if question in line)
    assert reason in line


@pytest.mark.parametrize("question", REQUIRED)
@pytest.mark.parametrize("text", ["", "   ", "\u3000"])
def test_an_empty_answer_is_refused(question: str, text: str, refuse: Refuse) -> None:
    assert f"{question}: is empty" in refuse(**{question: text, "project_slug": "a"})


@pytest.mark.parametrize("question", TEXTS)
@pytest.mark.parametrize("answer", [True, None])
def test_an_answer_that_a_configuration_file_made_no_text_is_refused(
    question: str, answer: object, refuse: Refuse
) -> None:
    assert f"{question}: is no text" in refuse(**{question: answer, "project_slug": "a"})


REST = dict.fromkeys((*TEXTS, "domains"), "a") | DEFAULTS


@pytest.mark.parametrize("rest", [{}, REST], ids=["alone", "with every other answer given"])
@pytest.mark.parametrize("slug", [*HOSTILE, *MISSPELT, None, True], ids=repr)
def test_a_slug_that_is_no_folder_name_is_refused_before_any_folder_is_made(
    slug: str, rest: dict[str, str], refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr("cookiecutter.generate.make_sure_path_exists", made.append)

    assert "project_slug: use lower-case letters, digits" in refuse(project_slug=slug, **rest)
    assert made == []


def test_a_bad_slug_is_refused_in_words(template: Path, tmp_path: Path) -> None:
    run = run_cookiecutter(template, tmp_path / "out", "project_slug=../../Evil One")
    assert run.returncode == 1
    assert "  - project_slug: use lower-case letters, digits" in run.stderr
    assert run.stderr.endswith(", such as 'evil-one'\n")


@pytest.mark.parametrize("slug", [*HOSTILE, *MISSPELT], ids=repr)
def test_the_hook_alone_refuses_such_a_slug_too(slug: str) -> None:
    assert "use lower-case letters, digits" in PRE_GEN.slug_problem(slug)


@pytest.mark.parametrize("slug", ["3d", "con", "nul", "com1", "lpt1"])
def test_a_slug_that_no_folder_can_have_everywhere_is_refused(slug: str, refuse: Refuse) -> None:
    assert "project_slug: " in refuse(project_slug=slug)


@pytest.mark.parametrize("slug", ["fastapi", "app"])
def test_a_service_may_have_the_name_of_a_package_that_it_installs(slug: str, bake: Bake) -> None:
    """uv takes a project for the package of the same name, so the project inside is always called `app`."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv")
    service = bake(project_slug=slug, model_serving="onnx")
    subprocess.run([uv, "lock", "--quiet"], cwd=service, check=True)
    locked = tomllib.loads((service / "uv.lock").read_text(encoding="utf-8"))["package"]
    own = [package["name"] for package in locked if package["source"] == {"virtual": "."}]
    assert own == ["app"]
    names = [package["name"] for package in locked]
    assert "fastapi" in names
    assert names.count("app") == 1


def test_all_problems_are_listed_at_once(refuse: Refuse) -> None:
    answers = {"project_name": "", "author_name": "a\x00", "project_slug": "con"}
    message = refuse(**answers, domains="1sts, exceptions, box", tasks="postgresql")
    for problem in (
        "project_name: is",
        "author_name: has",
        "project_slug: use",
        "domains: '1sts'",
        "tasks: needs",
    ):
        assert f"  - {problem}" in message
    assert len(re.findall("  - domains: '(exceptions|box)'", message)) == 2


@pytest.mark.parametrize(("pairs", "remedy"), PRE_GEN.IMPOSSIBLE.items())
def test_answers_that_do_not_go_together_are_refused_with_the_remedy(
    pairs: tuple[tuple[str, str], ...], remedy: str, refuse: Refuse
) -> None:
    assert f"  - {remedy}\n" in refuse(**dict(pairs))
    assert remedy.partition(":")[0] in dict(pairs)


def test_a_refusal_leaves_an_existing_service_alone(template: Path, tmp_path: Path) -> None:
    """With `-f` cookiecutter writes over what is there, so a refusal must come before the first file."""
    mine = tmp_path / "my-service" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    run = run_cookiecutter(template, tmp_path, "-f", "domains=x")
    assert run.returncode == 1
    assert files(tmp_path) == {"my-service/mine.txt": b"mine"}


def test_answers_given_on_the_command_line_reach_the_service(template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "\uc8fc\ubb38 'of' all"
    answers = {name: f"{name} \"'\\ = \U0001f680 # % }}}}" for name in TEXTS}
    run = run_cookiecutter(template, folder, *(f"{name}={answer}" for name, answer in answers.items()))
    assert run.returncode == 0, run.stderr
    check_carried(folder / "project-name", answers)


def test_typed_answers_reach_the_service_and_every_question_is_asked_in_full(
    template: Path, tmp_path: Path
) -> None:
    texts = ['[Bold] "Shop" \\', "[/] \uc8fc\ubb38 \U0001f680", "O'Brien", "[b@c]"]
    numbers = [str(CHOICES[question].index(answer) + 1) for question, answer in everything().items()]
    typed = "\n".join([texts[0], "", *texts[1:], "invoices", *numbers, ""])
    run = run_cookiecutter(template, tmp_path / "out", typed=typed, console="utf-8")
    assert run.returncode == 0, run.stderr
    service = tmp_path / "out" / "bold-shop"
    check_carried(service, dict(zip(TEXTS, texts, strict=True)))
    assert (service / "app" / "domains" / "invoices").is_dir()
    for question, prompt in QUESTIONS["__prompts__"].items():
        for text in [prompt] if isinstance(prompt, str) else prompt.values():
            assert text in run.stdout, question


def test_every_question_and_every_choice_has_a_text_for_humans() -> None:
    prompts = QUESTIONS["__prompts__"]
    assert prompts.keys() == {name for name in QUESTIONS if not name.startswith("_")}
    for question, choices in CHOICES.items():
        assert prompts[question].keys() == {"__prompt__", *choices}


def test_a_refusal_on_the_command_line_is_plain_ascii(template: Path, tmp_path: Path) -> None:
    run = run_cookiecutter(template, tmp_path / "out", "author_name=\u202e", "domains=\uc8fc\ubb38")
    assert run.returncode == 1
    assert "  - author_name: has a control character, U+202E; remove it\n" in run.stderr
    assert "  - domains: '\\uc8fc\\ubb38': use lower-case words" in run.stderr
    assert not (tmp_path / "out").exists()


def test_typed_template_code_is_refused(template: Path, tmp_path: Path) -> None:
    """Typed answers are not rendered by cookiecutter, but are by every later `cruft update`."""
    typed = ["{{ x }}", "", "a", "a", "a", "none", *("1" for _ in CHOICES), ""]
    run = run_cookiecutter(template, tmp_path / "out", typed="\n".join(typed))
    assert run.returncode == 1
    assert "  - project_name: reads like template code" in run.stderr
    assert not (tmp_path / "out").exists()
