"""The files of a service that none of its own tests read: CI, rules of tools, licences, what git ignores."""

import re
import sys
import tomllib
from configparser import ConfigParser
from datetime import date
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from support.chaos.fleet import SERVER_OPTIONS
from support.fixtures import Render, Rendered
from support.known import DATA
from support.mentions import verbs
from support.options import EXTREMES
from support.paths import RAW, ROOT
from support.programs import run


@pytest.mark.parametrize(
    ("file", "folder", "called"),
    [
        (ROOT / ".ci" / "run", ROOT, {"test", "ci"}),
        (ROOT / ".github" / "workflows" / "proof.yml", ROOT, {"proof"}),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_ci_calls_verbs_that_exist(file: Path, folder: Path, called: set[str]) -> None:
    text = file.read_text(encoding="utf-8")
    found = re.findall(r"(?:^|run: |exec )make ([a-z-]+)$", text, re.MULTILINE)
    assert {*found} == called <= verbs(folder / "Makefile")


@pytest.mark.parametrize(
    ("answers", "package"),
    [
        ({"database": "postgresql"}, "make postgresql"),
        ({"tasks": "redis"}, "make redis-server"),
    ],
)
def test_a_dev_container_installs_the_servers_that_tests_need(
    answers: dict[str, str], package: str, rendered: Rendered
) -> None:
    text = rendered(**answers)[".devcontainer/devcontainer.json"].decode("utf-8")
    assert re.search(rf"apt-get install -y --no-install-recommends {package} &&", text)
    assert "apt-get update" in text


def test_a_proof_that_fails_or_is_cut_off_is_reported() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "proof.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["report"]["if"] == "${{ always() && needs.proof.result != 'success' }}"


def test_the_tools_of_a_service_are_strict(rendered: Rendered) -> None:
    project = tomllib.loads(rendered()["pyproject.toml"].decode("utf-8"))
    tool = project["tool"]
    # All but two are errors: one that a test makes an error of its own, and the one of aiosqlite.
    first, *others = tool["pytest"]["ini_options"]["filterwarnings"]
    assert first == "error"
    assert [each.partition(":")[0] for each in others] == ["default", "ignore"]
    assert "Duplicate Operation ID" in others[0]
    assert "_connection_worker_thread" in others[1]
    assert "--strict-markers" in tool["pytest"]["ini_options"]["addopts"]
    assert tool["coverage"]["report"]["fail_under"] >= 95
    assert tool["coverage"]["run"]["source"] == ["app"]
    assert tool["mypy"]["strict"] is True
    contracts = [contract["type"] for contract in tool["importlinter"]["contracts"]]
    assert contracts == ["layers", "acyclic_siblings", "independence", "layers"]


def lint_imports(service: Path) -> None:
    run(
        Path(sys.executable).parent / "lint-imports",
        "--no-cache",
        cwd=service,
        env={"PYTHONPATH": str(service)},
    )


def test_each_part_of_a_service_has_its_layer(rendered: Rendered) -> None:
    """Those of a team need none, so the contract asks for none."""
    made = rendered(database="postgresql", tasks="redis", model_serving="onnx")
    layers = tomllib.loads(made["pyproject.toml"].decode())["tool"]["importlinter"]["contracts"][0]["layers"]
    parts = {path.split("/")[1].removesuffix(".py") for path in made if path.startswith("app/")}
    assert {part for layer in layers for part in layer.split(" | ")} == parts - {"__init__"}


def test_a_new_part_needs_no_line_in_another_file(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {})
    mail = service / "app" / "mail.py"
    mail.write_text("from app.settings import Settings as Settings\n", encoding="utf-8")
    lint_imports(service)
    (service / "app" / "domains" / "orders" / "letters.py").write_text("import app.mail\n", encoding="utf-8")
    lint_imports(service)
    mail.write_text("from app.domains import DOMAINS as DOMAINS\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"app\.mail"):
        lint_imports(service)


def test_a_service_has_the_quick_loop_and_parser_of_its_server(rendered: Rendered) -> None:
    """Without them, uvicorn works at half the speed, and says nothing."""
    assert re.search(r'^  "uvicorn\[standard\]>=', rendered()["pyproject.toml"].decode(), re.MULTILINE)


def test_a_server_has_one_time_limit_to_stop(rendered: Rendered) -> None:
    made = rendered(deployment="kubernetes")
    limit = r"--timeout-graceful-shutdown\W+(\d+)"
    found = {name: re.findall(limit, made[name].decode()) for name in ("README.md", "Dockerfile")}
    assert found == {"README.md": ["30"], "Dockerfile": ["30"]}


def test_a_server_keeps_idle_connections_for_longer_than_its_proxy(rendered: Rendered) -> None:
    """Else a request may be sent just as the connection ends."""
    made = rendered(deployment="kubernetes", database="postgresql", tasks="redis")
    names = ("README.md", "Dockerfile", "app/worker.py", "docs/operations.md")
    limit = r"timeout[-_]keep[-_]alive\W+(\d+)"
    found = {name: re.findall(limit, made[name].decode()) for name in names}
    assert found == {name: ["75"] for name in names}
    assert SERVER_OPTIONS[-1] == "75"
    [proxy] = re.findall(r"\bkeepalive (\d+)s", made["deploy/Caddyfile"].decode())
    assert int(proxy) < 75


def words(licence: Path, first: str) -> str:
    """From the first ones on, without the marks of lists, and without whose it is."""
    text = licence.read_text(encoding="utf-8")
    body = re.sub(r"^ *(Copyright .*|\* |\d\. )", "", text[text.index(first) :], flags=re.MULTILINE)
    return " ".join(body.split())


@pytest.mark.parametrize(
    ("license", "package", "first"),
    [
        ("MIT", "fastapi", "Permission"),
        ("BSD-3-Clause", "starlette", "Redistribution"),
        ("Apache-2.0", "opentelemetry-api", "TERMS"),
    ],
)
def test_a_licence_has_the_words_that_others_use(license: str, package: str, first: str) -> None:
    """Those of a package that is installed here under the same one."""
    [theirs] = [path for path in distribution(package).files or () if "LICENSE" in path.name]
    ours = RAW / "overlays" / f"license-{license}" / "LICENSE"
    assert words(ours, first) == words(Path(str(theirs.locate())), first)


def test_git_ignores_what_tools_and_people_leave_and_nothing_else(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {})
    ignored = [".env", ".venv/bin/python", "app/__pycache__/a.pyc", ".coverage", ".coverage.host.1"]
    ignored += ["service.db", "service.db-wal", "service.db-shm"]
    ignored += [f".{tool}_cache/a" for tool in ("mypy", "pytest", "ruff", "import_linter")]
    ignored += ["secrets/database_url"]
    kept = [".env.example", "uv.lock", "app/main.py", "README.md"]
    run("git", "init", "-q", cwd=service)
    said = run("git", "check-ignore", "--no-index", *ignored, *kept, cwd=service)
    assert said.splitlines() == ignored


def rules_for(name: str, editorconfig: bytes) -> dict[str, str]:
    """What an editor does in this file."""
    parser = ConfigParser()
    parser.read_string("[root]\n" + editorconfig.decode())
    rules: dict[str, str] = {}
    for section in parser.sections():
        if any(fnmatch(Path(name).name, pattern) for pattern in section.strip("{}").split(",")):
            rules |= parser[section]
    return rules


@pytest.mark.parametrize("name", EXTREMES)
def test_an_editor_that_follows_the_rules_changes_no_file(name: str, rendered: Rendered) -> None:
    made = rendered(**EXTREMES[name])
    for path, content in made.items():
        if path in DATA:
            continue
        rules = rules_for(path, made[".editorconfig"])
        text = content.decode(rules["charset"])
        lines = text.split("\n")
        assert not text or lines.pop() == "", path
        assert [line for line in lines if line != line.rstrip()] == [], path
        indents = {"".join(re.findall(r"^[ \t]+", line))[:1] for line in lines} - {""}
        # Text of a block in Markdown, or a license, may have any.
        if not path.endswith(".md") and path != "LICENSE":
            assert indents <= {"\t" if rules["indent_style"] == "tab" else " "}, path
    ruff = tomllib.loads(made["pyproject.toml"].decode())["tool"]["ruff"]
    assert rules_for("a.py", made[".editorconfig"])["max_line_length"] == str(ruff["line-length"])


def test_the_last_words_of_a_render_are_what_to_do_next(
    render: Render, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    render(tmp_path, {"project_slug": "shop"})
    assert capfd.readouterr().out.endswith("Your service is in shop. Next: cd shop && make check\n")


def test_an_upgrade_moves_the_day_and_the_lock(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {})
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\necho "uv $*"\n', encoding="utf-8")
    uv.chmod(0o755)
    before = (service / "pyproject.toml").read_text(encoding="utf-8")
    said = run("bash", "-c", f'PATH="{uv.parent}:$PATH" make -s upgrade', cwd=service)
    assert re.findall("^uv .*", said, re.MULTILINE) == ["uv lock --upgrade", "uv sync"]
    after = (service / "pyproject.toml").read_text(encoding="utf-8")
    old = re.search('^exclude-newer = ".*"$', before, re.MULTILINE)
    assert old
    assert after == before.replace(old[0], f'exclude-newer = "{date.today()}"')
    # With a suffix: the sed of macOS knows no other way.
    assert not [*service.glob("pyproject.toml?*")]
    assert re.search(r"^\tsed -i\.\w+ ", (service / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
