"""Services that live on: `cruft update` keeps what a team has written, and every answer can change later."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from conftest import LEFTOVERS, ROOT, SERVICE, Render, files
from offered import ANSWERS, DEFAULTS, QUESTIONS, everything, minimal, with_answer
from proving import run_tests
from running import run

pytestmark = pytest.mark.long

RENDERED = ("hooks", SERVICE, "cookiecutter.json")
CRUFT = Path(sys.executable).with_name("cruft")
NOBODY = {f"GIT_{role}_{what}": "test" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

# What a team writes where teams do: a file, what stands there, and what takes its place.
EDITS = (
    ("app/settings.py", "    max_body_bytes: int", "    our_limit: int = 7\n    max_body_bytes: int"),
    ("app/domains/orders/service.py", '"""', '"""Ours: '),
    ("app/domains/orders/router.py", "\nrouter = ", "\nOURS = 1\nrouter = "),
    ("app/domains/users/schemas.py", "\n\nclass ", "\n\nOURS = 2\n\n\nclass "),
    ("tests/domains/users/test_router.py", "\n\ndef ", "\n\nOURS = 3\n\n\ndef "),
    ("pyproject.toml", '  "fastapi-offline', '  "click",\n  "fastapi-offline'),
    (".env.example", "\n# Larger", "\nOUR_LIMIT=7\n# Larger"),
    ("README.md", "\n## Settings\n", "\nOurs is the section before the settings.\n\n## Settings\n"),
    ("Makefile", "\nfix:", "\nours: ## Do what we do\n\techo ours\n\nfix:"),
)


def git(folder: Path, *words: str) -> str:
    return run("git", *words, cwd=folder, env=NOBODY).strip()


def cruft(*words: str | Path, cwd: Path) -> str:
    """As a user calls it, who has nothing set up."""
    return run(CRUFT, *words, cwd=cwd, env=NOBODY | {"HOME": str(cwd)})


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the template, its last commit what lies here."""
    copy = tmp_path_factory.mktemp("history") / "template"
    git(ROOT, "clone", "--quiet", str(ROOT), str(copy))
    for name in RENDERED:
        git(copy, "rm", "-rq", name)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(*LEFTOVERS))
        else:
            shutil.copy(ROOT / name, copy / name)
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--allow-empty", "--message", "As it lies here")
    return copy


def earlier(history: Path) -> str:
    """The last tag; without one, the commit before the newest that changes what is rendered."""
    tags = git(history, "tag", "--sort=-creatordate").splitlines()
    newest = git(history, "log", "-1", "--format=%H", "--", *RENDERED)
    parents = git(history, "log", "-1", "--format=%P", newest).split()
    if not tags and not parents:
        pytest.skip("This checkout has no earlier commit: nothing to update from.")
    return tags[0] if tags else parents[0]


def create(history: Path, folder: Path, answers: dict[str, str], *options: str) -> Path:
    """A service in a repository of its own, as cruft makes it."""
    given = json.dumps(answers)
    cruft("create", str(history), "--no-input", "--extra-context", given, *options, cwd=folder)
    service = next(path for path in folder.iterdir() if (path / ".cruft.json").exists())
    git(service, "init", "--quiet")
    commit(service)
    return service


def commit(service: Path) -> None:
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--message", "A step")


def edit(service: Path) -> None:
    """Work in the service, as a team does for months: each edit must find its place."""
    for name, old, new in EDITS:
        path = service / name
        text = path.read_text(encoding="utf-8")
        assert old in text, name
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    commit(service)


def make_domain(service: Path) -> None:
    run(sys.executable, "scripts/domain.py", "invoices", cwd=service)
    commit(service)


def update(service: Path, *options: str) -> None:
    said = cruft("update", "--skip-apply-ask", *options, cwd=service)
    assert "Good work!" in said or "up to date" in said, said
    unmerged = git(service, "diff", "--name-only", "--diff-filter=U").splitlines()
    assert [*service.rglob("*.rej"), *unmerged] == [], said


def test_an_update_keeps_the_work_of_a_team(history: Path, tmp_path: Path) -> None:
    before = earlier(history)
    service = create(history, tmp_path, {}, "--checkout", before)
    edit(service)
    make_domain(service)
    update(service)
    for name, _, new in EDITS:
        assert new in (service / name).read_text(encoding="utf-8"), name
    assert json.loads((service / ".cruft.json").read_text())["commit"] == git(history, "rev-parse", "HEAD")
    run_tests(service, Path(sys.executable))


def assert_is(service: Path, fresh: Path) -> None:
    """The one is what the other is, to the letter."""
    found = {name: text for name, text in files(service).items() if not name.startswith((".git/", ".cruft"))}
    expected = files(fresh)
    assert found.keys() ^ expected.keys() == set()
    assert [name for name in found if found[name] != expected[name]] == []


def is_default(answer: tuple[str, str]) -> bool:
    return answer in DEFAULTS.items()


@pytest.mark.parametrize(("question", "answer"), [answer for answer in ANSWERS if not is_default(answer)])
def test_every_answer_can_be_changed_later(
    question: str, answer: str, history: Path, render: Render, tmp_path: Path
) -> None:
    """There and back: each time the service is the one that was made with these answers at once."""
    (tmp_path / "made").mkdir()
    service = create(history, tmp_path / "made", {})
    for number, answers in enumerate(
        (with_answer(question, answer), with_answer(question, DEFAULTS[question]))
    ):
        update(service, "--variables-to-update", json.dumps(answers))
        commit(service)
        assert_is(service, render(tmp_path / str(number), answers))


def test_everything_can_be_turned_on_in_a_service_that_a_team_has_changed(
    history: Path, tmp_path: Path
) -> None:
    """Then come the domains that it makes from now on; one made before would keep the shape of its day."""
    service = create(history, tmp_path, {**minimal(), "domains": QUESTIONS["domains"]})
    edit(service)
    update(service, "--variables-to-update", json.dumps(everything()))
    make_domain(service)
    run_tests(service, Path(sys.executable))


# Cookiecutter's own ways to answer


def test_a_user_configuration_a_replay_and_the_command_line_make_the_same(
    template: Path, tmp_path: Path
) -> None:
    answers = everything() | {"project_name": "Book Shop", "domains": "books"}
    config, home = tmp_path / "config.yml", {"replay_dir": str(tmp_path), "cookiecutters_dir": str(tmp_path)}
    config.write_text(json.dumps({"default_context": answers, **home}), encoding="utf-8")
    made = [tmp_path / way / "book-shop" for way in ("configured", "replayed", "given")]
    commands = [
        [sys.executable, "-m", "cookiecutter", "--config-file", config, "--output-dir", path.parent]
        for path in made
    ]
    run(*commands[0], "--no-input", template, cwd=tmp_path)
    config.write_text(json.dumps(home), encoding="utf-8")
    replay = tmp_path / f"{template.name}.json"
    recorded = json.loads(replay.read_text(encoding="utf-8"))["cookiecutter"]
    assert answers.items() <= recorded.items()
    run(*commands[1], "--replay-file", replay, template, cwd=tmp_path)
    given = [f"{name}={text}" for name, text in answers.items()]
    run(*commands[2], "--no-input", template, *given, cwd=tmp_path)
    assert_is(made[0], made[1])
    assert_is(made[0], made[2])


def test_without_hooks_there_is_a_whole_service_too(render: Render, tmp_path: Path) -> None:
    # All that an option owns is there: so it must be the one that was chosen.
    run_tests(render(tmp_path, {"model_serving": "onnx"}, accept_hooks=False), Path(sys.executable))
