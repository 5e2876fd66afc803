"""The hooks: overlays and pruning follow the tables, on trees that are made for one test."""

import json
from pathlib import Path

import pytest
from support.hooks import POST_GEN
from support.paths import ROOT, files

Owned = dict[str, list[str]]

HOOKS = sorted((ROOT / "hooks").glob("*.py"))


def plant(root: Path, *names: str) -> Path:
    """Write files, each with its own name as its content."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    return root


# Overlays


@pytest.mark.parametrize(
    ("overlay", "answer", "applies"),
    [
        ("tasks-redis", "redis", True),
        ("tasks-redis", "none", False),
        ("tasks-redis+postgresql", "redis", True),
        ("tasks-redis+postgresql", "postgresql", True),
        ("tasks-redis+postgresql", "in-process", False),
        ("tasks-in-process", "in-process", True),
        ("tasks-in-process", "in", False),
    ],
)
def test_the_name_of_an_overlay_is_its_condition(
    tmp_path: Path, overlay: str, answer: str, applies: bool
) -> None:
    plant(tmp_path, f"overlays/{overlay}/x.py")
    POST_GEN.lay_overlays(tmp_path, {"tasks": answer})
    assert (tmp_path / "x.py").exists() is applies


def test_an_overlay_takes_the_place_of_files_and_brings_new_ones(tmp_path: Path) -> None:
    overlay = "overlays/license-Apache-2.0"
    plant(tmp_path, "LICENSE", "README.md", f"{overlay}/LICENSE", f"{overlay}/legal/NOTICE")
    POST_GEN.lay_overlays(tmp_path, {"license": "Apache-2.0"})
    assert files(tmp_path) == {
        "LICENSE": f"{overlay}/LICENSE".encode(),
        "README.md": b"README.md",
        "legal/NOTICE": f"{overlay}/legal/NOTICE".encode(),
    }


def test_no_overlay_is_left_also_when_none_applies(tmp_path: Path) -> None:
    plant(tmp_path, "LICENSE", "overlays/license-MIT/LICENSE", "overlays/database-none/app/x.py")
    POST_GEN.lay_overlays(tmp_path, {"license": "other", "database": "sqlite"})
    assert files(tmp_path) == {"LICENSE": b"LICENSE"}
    assert not (tmp_path / "overlays").exists()


# Pruning


BOTH: Owned = {
    "database-sqlite+postgresql": ["sql"],
    "database-sqlite": ["stored_tasks"],
    "database-postgresql": ["stored_tasks"],
    "tasks-in-process+postgresql": ["stored_tasks"],
}


@pytest.mark.parametrize(
    ("path", "database", "tasks", "kept"),
    [
        ("sql", "sqlite", "none", True),
        ("sql", "postgresql", "none", True),
        ("sql", "none", "in-process", False),
        ("stored_tasks", "sqlite", "in-process", True),
        ("stored_tasks", "postgresql", "postgresql", True),
        ("stored_tasks", "sqlite", "redis", False),
        ("stored_tasks", "none", "in-process", False),
        ("stored_tasks", "none", "none", False),
        ("named nowhere", "none", "none", True),
    ],
)
def test_a_path_needs_one_answer_of_each_question_that_names_it(
    path: str, database: str, tasks: str, kept: bool
) -> None:
    assert POST_GEN.keeps(path, {"database": database, "tasks": tasks}, BOTH) is kept


def test_files_and_whole_folders_are_pruned_and_the_rest_stays(tmp_path: Path) -> None:
    owned: Owned = {"tasks-redis": ["tasks", "tasks/redis.py", "worker.py"], "ci-github": [".github"]}
    names = ["tasks/redis.py", "tasks/more/x.py", "worker.py", "workers.py", ".github/ci.yml"]
    plant(tmp_path, *names)
    (tmp_path / "owned.json").write_text(json.dumps(owned), encoding="utf-8")
    POST_GEN.prune(tmp_path, {"tasks": "redis", "ci": "github"})
    assert [*files(tmp_path)] == sorted(names)
    (tmp_path / "owned.json").write_text(json.dumps(owned), encoding="utf-8")
    POST_GEN.prune(tmp_path, {"tasks": "none", "ci": "github"})
    assert [*files(tmp_path)] == [".github/ci.yml", "workers.py"]
    assert not (tmp_path / "tasks").exists()


@pytest.mark.parametrize("gone", [["a/b/x", "a/y"], ["a/b/x", "a/y", "not/there"], ["a/b", "a/y"]])
def test_no_folder_is_left_empty_by_what_is_pruned(tmp_path: Path, gone: list[str]) -> None:
    plant(tmp_path, "a/b/x", "a/y", "z")
    (tmp_path / "of a tool").mkdir()
    (tmp_path / "owned.json").write_text(json.dumps({"tasks-redis": gone}), encoding="utf-8")
    POST_GEN.prune(tmp_path, {"tasks": "none"})
    assert {path.name for path in tmp_path.rglob("*")} == {"z", "of a tool"}


# Size


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.stem)
def test_a_hook_is_short(hook: Path) -> None:
    assert len(hook.read_text(encoding="utf-8").splitlines()) < 120
