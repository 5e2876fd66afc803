"""The CI of a service: valid, closed, one list of checks, and what they say when something is wrong."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.advisories import advisories
from support.factors import file
from support.fixtures import Render, Rendered
from support.options import with_answer
from support.paths import ROOT
from support.pipelines import GITHUB, GITLAB, Job, images, jobs
from support.programs import attempt, free_port, run

SCHEMAS = {
    GITHUB: "vendor.github-workflows",
    ".github/dependabot.yml": "vendor.dependabot",
    GITLAB: "vendor.gitlab-ci",
    "renovate.json": "vendor.renovate",
}
TOOLS = ("uv", "run", "--isolated", "--only-group", "workflows")


def write_texts(path: str, folder: Path) -> list[Path]:
    """Every text that the file can have, each where its reader looks for it."""
    texts = {content for _, content in file(path).texts()}
    for number, content in enumerate(sorted(texts)):
        target = folder / str(number) / path
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
    return sorted(each for each in folder.rglob(Path(path).name) if each.is_file())


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_text_of_a_file_of_ci_follows_its_schema(path: str, tmp_path: Path) -> None:
    written = write_texts(path, tmp_path)
    run(*TOOLS, "check-jsonschema", "--builtin-schema", SCHEMAS[path], *written, cwd=ROOT)


def test_no_workflow_of_a_service_is_open_to_attack(tmp_path: Path) -> None:
    for path in (GITHUB, ".github/dependabot.yml"):
        write_texts(path, tmp_path / path)
    said = run(*TOOLS, "zizmor", "--offline", tmp_path, cwd=ROOT)
    assert "No findings to report" in said
    assert "WARN" not in said


@pytest.fixture(params=["github", "gitlab"])
def ci(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def prerequisites(makefile: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for verb, names in re.findall(r"^([a-z-]+):([a-z -]*)", makefile, re.MULTILINE):
        found.setdefault(verb, set()).update(names.split())
    return found


def included(verb: str, known: dict[str, set[str]]) -> set[str]:
    """A verb and all that it calls first."""
    return {verb}.union(*(included(each, known) for each in known[verb]))


def verbs_of(job: Job) -> list[str]:
    return [line.removeprefix("make ") for line in job.lines if line.startswith("make ")]


@pytest.mark.parametrize("deployment", ["docker", "none"])
@pytest.mark.parametrize("database", ["sqlite", "none"])
def test_make_ci_calls_what_ci_calls(ci: str, deployment: str, database: str, rendered: Rendered) -> None:
    service = rendered(ci=ci, database=database, deployment=deployment)
    known = prerequisites(service["Makefile"].decode("utf-8"))
    called = {verb for job in jobs(service) if not job.weekly for verb in verbs_of(job)}
    together = {"check", "ci"}
    assert set().union(*(included(verb, known) for verb in called)) == included("ci", known) - together
    assert ("check-migrations" in called, "sbom" in called) == (database != "none", deployment != "none")


def test_the_weekly_run_begins_with_the_newest_releases(ci: str, rendered: Rendered) -> None:
    service = rendered(ci=ci)
    weekly = [verbs_of(job) for job in jobs(service) if job.weekly]
    assert weekly
    assert all(verbs[0] == "upgrade" for verbs in weekly)
    known = prerequisites(service["Makefile"].decode("utf-8"))
    tests = "coverage" if ci == "github" else "test"
    assert {"lint", tests, "test-slow"} <= {
        each for verbs in weekly for verb in verbs for each in included(verb, known)
    }


# The last words say what is in an image, not which release it is.
TAG = re.compile(r"[a-z]+:\d+(\.\d+)*(-slim|-dind)?")


def named_images() -> Iterator[tuple[str, str]]:
    for path in (GITHUB, GITLAB, "Dockerfile", "compose.yaml", "compose.production.yaml"):
        for state, content in file(path).texts():
            given = "{{ cookiecutter.python_version }}"
            text = content.decode("utf-8").replace(state.get("python_version", given), "3")
            yield from ((path, image) for image in images(text) if "my-service" not in image)


def test_an_image_has_one_plain_version_everywhere() -> None:
    found = {*named_images()}
    assert {GITHUB, GITLAB, "Dockerfile"} <= {path for path, _ in found}
    assert [image for _, image in found if not TAG.fullmatch(image)] == []
    tags: dict[str, set[str]] = {}
    for _, image in found:
        name, _, tag = image.removesuffix("-slim").removesuffix("-dind").partition(":")
        tags.setdefault(name, set()).add(tag)
    assert {"postgres", "python", "redis"} <= {*tags}
    assert {name: seen for name, seen in tags.items() if len(seen) > 1} == {}


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("audited"), {})


def audit(service: Path, address: str, **environment: str) -> tuple[int, str]:
    env = {"UV_PYTHON": sys.executable, "UV_HTTP_RETRIES": "0", "ADVISORIES": address, **environment}
    return attempt(["make", "audit"], service, env, 120)


NOT_RUN = "The audit was not run"


def test_an_audit_that_finds_nothing_is_green(service: Path) -> None:
    with advisories() as address:
        status, said = audit(service, address)
    assert (status, NOT_RUN in said) == (0, False), said
    assert "Found no known vulnerabilities" in said


def test_an_audit_names_what_it_finds_and_is_red(service: Path) -> None:
    with advisories("fastapi") as address:
        status, said = audit(service, address)
    assert (status != 0, NOT_RUN in said) == (True, False), said
    assert re.search(r"fastapi [\d.]+ has 1 known vulnerability", said)


def test_an_audit_without_an_answer_says_that_it_was_not_run_and_is_red(service: Path) -> None:
    status, said = audit(service, f"http://127.0.0.1:{free_port()}")
    assert (status != 0, NOT_RUN in said) == (True, True), said


def test_an_audit_with_a_refusal_for_an_answer_says_that_it_was_not_run_and_is_red(service: Path) -> None:
    with advisories(status=403) as address:
        status, said = audit(service, address)
    assert (status != 0, NOT_RUN in said) == (True, True), said


@pytest.mark.parametrize("page", [b"<html>Log in to this network.</html>", b"{}", b"[]"])
def test_an_audit_with_another_page_for_an_answer_says_that_it_was_not_run_and_is_red(
    service: Path, page: bytes
) -> None:
    with advisories(page=page) as address:
        status, said = audit(service, address)
    assert (status != 0, NOT_RUN in said) == (True, True), said


def test_an_audit_that_knows_no_releases_says_that_it_was_not_run_and_is_red(
    render: Render, tmp_path: Path
) -> None:
    """With nothing locked yet, and no index that answers."""
    index = f"http://127.0.0.1:{free_port()}/simple"
    with advisories() as address:
        service = render(tmp_path, {})
        status, said = audit(service, address, UV_DEFAULT_INDEX=index, UV_CACHE_DIR=str(tmp_path / "cache"))
    assert (status != 0, NOT_RUN in said) == (True, True), said


# `uv run` without an environment of its own: what it would install is installed here.
HERE = """#!/bin/sh
[ "$1" = run ] && shift
[ "$1" = --group ] && shift 2
exec "$@"
"""


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """The environment in which a verb uses the packages of this one."""
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(HERE, encoding="utf-8")
    uv.chmod(0o755)
    return {"PATH": f"{uv.parent}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"}


def second_head(service: Path) -> None:
    versions = service / "migrations" / "versions"
    newest = max(versions.glob("create_*.py")).read_text(encoding="utf-8")
    other = re.sub(r'^revision = ".*"$', 'revision = "of_a_colleague"', newest, flags=re.MULTILINE)
    assert other != newest
    (versions / "of_a_colleague.py").write_text(other, encoding="utf-8")


def forgotten_migration(service: Path) -> None:
    models = service / "app" / "domains" / "orders" / "models.py"
    text = models.read_text(encoding="utf-8")
    models.write_text(f"{text.rstrip()}\n    forgotten: Mapped[int | None]\n", encoding="utf-8")


@pytest.mark.parametrize("change", [second_head, forgotten_migration])
def test_migrations_that_are_not_one_line_to_the_models_are_red(
    change: Callable[[Path], None], render: Render, tmp_path: Path, here: dict[str, str]
) -> None:
    service = render(tmp_path, with_answer("database", "sqlite"))
    change(service)
    status, said = attempt(["make", "check-migrations"], service, here, 300)
    assert status != 0, said
    assert "failed" in said
