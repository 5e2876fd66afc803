"""The files that GitHub reads: pinned, valid, and the same as what they speak of."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.paths import RAW, ROOT
from support.programs import run

GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml")) + sorted(RAW.glob(".github/workflows/*.yml"))
PINNED = re.compile(r"- uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)$")


def uses(workflow: Path) -> list[str]:
    return [line.strip() for line in workflow.read_text(encoding="utf-8").splitlines() if "uses:" in line]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_action_is_pinned_by_its_commit_with_its_version_as_a_comment(workflow: Path) -> None:
    lines = uses(workflow)
    assert lines
    assert [line for line in lines if not PINNED.match(line)] == []


def test_an_action_has_one_commit_and_one_version_everywhere() -> None:
    pins: dict[str, set[tuple[str, str]]] = {}
    for line in (line for workflow in WORKFLOWS for line in uses(workflow)):
        found = PINNED.match(line)
        assert found
        pins.setdefault(found["action"], set()).add((found["commit"], found["version"]))
    assert {action: seen for action, seen in pins.items() if len(seen) != 1} == {}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_workflow_reads_and_only_a_job_of_its_own_may_write(workflow: Path) -> None:
    parsed = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert parsed["permissions"] == {"contents": "read"}
    for name, job in parsed["jobs"].items():
        assert job["timeout-minutes"], name
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts), name
        if "write" in job.get("permissions", {}).values():
            assert not [step for step in job["steps"] if re.search("make|\\.ci/run", step.get("run", ""))], (
                name
            )


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
        ("vendor.github-issue-forms", sorted(GITHUB.glob("ISSUE_TEMPLATE/[!c]*.yml"))),
        ("vendor.gitlab-ci", [RAW / ".gitlab-ci.yml"]),
    ],
)
def test_what_github_and_gitlab_read_follows_their_schema(schema: str, files: list[Path]) -> None:
    # In an environment of its own: what it brings must not hide a missing dependency of a service.
    group = ("uv", "run", "--isolated", "--only-group", "workflows")
    run(*group, "check-jsonschema", "--builtin-schema", schema, *files, cwd=ROOT)


def test_no_workflow_is_open_to_attack() -> None:
    group = ("uv", "run", "--isolated", "--only-group", "workflows")
    run(*group, "zizmor", "--offline", ROOT / ".github", RAW / ".github", cwd=ROOT)


def test_the_form_for_ideas_knows_every_question() -> None:
    questions = [name for name in json.loads((ROOT / "cookiecutter.json").read_bytes()) if name[0] != "_"]
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "idea.yml").read_text(encoding="utf-8"))
    options = next(part for part in form["body"] if part.get("id") == "question")["attributes"]["options"]
    assert options[: len(questions)] == questions


def test_dependabot_knows_the_folders_of_both_places() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    folders = [folder for update in updates for folder in update["directories"]]
    assert [folder for folder in folders if not (ROOT / folder.lstrip("/")).is_dir()] == []


def release_notes(folder: Path, tag: str, changelog: str) -> subprocess.CompletedProcess[str]:
    (folder / ".github").mkdir()
    script = folder / ".github" / "release_notes.py"
    script.write_bytes((GITHUB / "release_notes.py").read_bytes())
    (folder / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n', encoding="utf-8")
    (folder / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), tag], capture_output=True, text=True, timeout=20, check=False
    )


CHANGELOG = """# Changelog

## Unreleased

- next

## 1.2.0 - 2026-12-01

- new

## 1.1.0 - 2026-11-01

- old
"""


def test_the_notes_of_a_release_are_its_section_and_nothing_else(tmp_path: Path) -> None:
    assert release_notes(tmp_path, "v1.2.0", CHANGELOG).stdout == "- new\n"


@pytest.mark.parametrize(
    ("tag", "changelog", "said"),
    [
        ("v1.3.0", CHANGELOG, "pyproject.toml has the version 1.2.0"),
        ("v1.2.0", CHANGELOG.replace("1.2.0", "1x2x0"), "no text below `## 1.2.0"),
        ("v1.2.0", CHANGELOG.replace("- new\n", ""), "no text below `## 1.2.0"),
        ("v1.2.0", CHANGELOG.replace(" - 2026-12-01", ""), "no text below `## 1.2.0"),
    ],
    ids=["another version", "no section", "an empty section", "no date"],
)
def test_a_tag_that_the_changelog_or_the_version_does_not_know_is_refused(
    tmp_path: Path, tag: str, changelog: str, said: str
) -> None:
    result = release_notes(tmp_path, tag, changelog)
    assert result.returncode == 1
    assert said in result.stderr
