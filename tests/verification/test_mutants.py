"""Mutation testing: of a sample of small changes to the code, nine in ten make a test fail."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from threading import Lock

import pytest
from support.equivalents import EQUIVALENT
from support.fixtures import Record, Render
from support.known import DOMAINS
from support.mutants import Mutant, mutants, sample
from support.options import DEFAULTS, OPTIONS, with_answer
from support.paths import RAW, ROOT, clone, raw_files
from support.programs import attempt
from support.rendering import hurry
from support.suites import PLUGINS, slow_tests
from template import SERVICE, digest

pytestmark = [pytest.mark.weekly, pytest.mark.timeout(6 * 3600)]
SIZE = 300
# What an interrupted run has found is kept for the next one.
RESULTS = ROOT / "build" / "mutants" / f"{digest()}.json"
# Which test has killed it, also of another template: the one to try first.
KILLERS = RESULTS.with_name("killers.json")
# Files of the repository, and the tests that are about them.
REPOSITORY = {
    "hooks/pre_gen_project.py": "domain_names options hook_sources answers",
    "hooks/post_gen_project.py": "hooks hooks_refusals overlays rendering",
    f"{SERVICE}/scripts/domain.py": "scaffold",
    f"{SERVICE}/scripts/scaffold/fields.py": "domain_language domain_names",
    f"{SERVICE}/scripts/scaffold/imports.py": "registry scaffold domain_language",
    f"{SERVICE}/scripts/scaffold/names.py": "domain_names domain_language scaffold",
    f"{SERVICE}/scripts/scaffold/registry.py": "registry scaffold",
    f"{SERVICE}/scripts/scaffold/render.py": "domain_language scaffold",
    f"{SERVICE}/scripts/scaffold/write.py": "scaffold domain_names rendering",
    f"{SERVICE}/scripts/model.py": "model",
}
# Each answer, and the pairs of answers that have files of their own.
CHOSEN = [with_answer(question, answer) for question, answer in OPTIONS]
CHOSEN += [
    {**with_answer("tasks", "redis"), "database": "none"},
    {**with_answer("telemetry", "full"), "model_serving": "onnx"},
    {**with_answer("auth", "oidc"), "database": "none"},
]
# What survives there is planted in the first of these that has it too, whose fields are of every type, ...
TYPED = [
    DEFAULTS | {"domains": DOMAINS["every type"], "database": database} for database in ("postgresql", "none")
]
# ... and in the template, for those tests of the repository that are about such a file.
RAW_TESTS = {
    "app/database/ownership_migration.py": "ownership",
    "app/errors.py": "verification/everyday",
    "app/middleware.py": "verification/everyday verification/everyday_live",
    "app/predictions/": "predictions",
    "app/routing.py": "verification/everyday",
    "app/telemetry/": "observability",
}
# Parts of a service that some test sees only in a process of its own.
PROCESSES = {"health", "main", "tasks", "worker"}


@dataclass(frozen=True)
class Program:
    """A service, or the repository itself, and what is changed in it."""

    folder: Path
    mutants: list[Mutant]
    """Those that no program before has."""
    name: str = ""

    def suites(self, file: str) -> list[list[str]]:
        """How pytest is called, one after the other: what is nearest comes first."""
        if names := of_the_repository(file):
            paths = [f"tests/{Path(name).with_name(f'test_{Path(name).name}.py')}" for name in names.split()]
            # Those that run the template are slow ones, too.
            chosen = [] if file in REPOSITORY else ["-m", "not (weekly or planted)"]
            return [["-n0", *chosen, *paths]]
        part = "settings" if file.startswith("scripts") else Path(file).with_suffix("").parts[1]
        near = [f"tests/{part}", f"tests/test_{part}.py"]
        found = [path for path in near if (self.folder / path).exists()]
        slow = slow_tests(self.folder) if part in PROCESSES else []
        rest = ["tests", *(f"--ignore={path}" for path in found)]
        return [*([found] if found else []), rest, *([["-m", "slow", *slow]] if slow else [])]


def of_the_repository(file: str) -> str:
    """The names of its tests that are about this file of it."""
    if file in REPOSITORY:
        return REPOSITORY[file]
    inside = file.removeprefix(f"{SERVICE}/")
    return next((RAW_TESTS[part] for part in RAW_TESTS if file != inside and inside.startswith(part)), "")


@pytest.fixture(scope="module")
def programs(render: Render, tmp_path_factory: pytest.TempPathFactory) -> list[Program]:
    """Each file in the first service that has it with this text."""
    root = clone(tmp_path_factory.mktemp("repository"))
    found = [Program(root, [each for file in REPOSITORY for each in mutants(root, file)])]
    texts, seen = set[bytes](), set[str]()
    for answers in CHOSEN:
        with hurry():
            service = render(tmp_path_factory.mktemp("service"), {**answers, "domains": "users"})
        files = code_of(service, texts)
        new = [each for file in files for each in mutants(service, file) if str(each) not in seen]
        seen.update(map(str, new))
        found.append(Program(service, new))
    return found


@pytest.fixture(scope="module")
def typed(render: Render, tmp_path_factory: pytest.TempPathFactory) -> list[Program]:
    with hurry():
        made = {each["database"]: render(tmp_path_factory.mktemp("service"), each) for each in TYPED}
    return [Program(made[name], [], f"with fields of every type, {name}") for name in made]


def code_of(service: Path, seen: set[bytes]) -> list[str]:
    """The files with a text that no service before had."""
    paths = [*sorted(service.glob("app/**/*.py")), service / "scripts" / "env_example.py"]
    new = [path for path in paths if path.read_bytes() not in seen]
    seen.update(path.read_bytes() for path in new)
    return [path.relative_to(service).as_posix() for path in new]


def failure(program: Program, file: str, folder: Path, first: str = "") -> str:
    """What is said where a test fails, or does not end; else nothing."""
    ours = of_the_repository(file)
    options = () if ours else PLUGINS
    alone = {} if ours else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    before = [[*(["-n0"] if ours else []), "-m", "", first]] if first else []
    for suite in [*before, *program.suites(file)]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-qx", *options, *suite]
        try:
            code, said = attempt(command, folder, alone, 900)
        except subprocess.TimeoutExpired as error:
            return str(error)
        is_gone = suite in before and code == pytest.ExitCode.USAGE_ERROR
        # What is nearest may be slow tests only, which come last.
        if not is_gone and code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return f"{folder}\n{' '.join(command)}\n{said}"
    return ""


Planted = tuple[Program, Mutant]


def unlike(rows: Iterable[Planted]) -> Iterable[Planted]:
    """Those whose suites are all suites of all of them."""
    chosen: dict[tuple[Path, str], Planted] = {}
    for program, mutant in sorted(rows, key=lambda row: len(row[0].suites(row[1].file))):
        chosen[program.folder, of_the_repository(mutant.file)] = program, mutant
    return chosen.values()


def named(row: Planted) -> str:
    """What is kept of it goes by this name."""
    return ": ".join(filter(None, (row[0].name, str(row[1]))))


def elsewhere(mutant: Mutant, typed: list[Program], repository: Program) -> Iterator[Planted]:
    """The same change where other tests meet it."""
    raw = f"{SERVICE}/{mutant.file}"
    places = [(program, mutant.file) for program in typed if (program.folder / mutant.file).exists()][:1]
    if of_the_repository(raw) and (repository.folder / raw).exists():
        places.append((repository, raw))
    for program, file in places:
        for each in mutants(program.folder, file):
            if str(replace(each, file=mutant.file)) == str(mutant):
                yield program, each
                break


def failure_with(row: Planted, folder: Path, first: str) -> str:
    program, mutant = row
    shutil.copytree(program.folder, folder)
    try:
        mutant.plant(folder)
        return failure(program, mutant.file, folder, first)
    finally:
        shutil.rmtree(folder)


def stored(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def test_every_file_of_the_code_has_mutants(programs: list[Program]) -> None:
    """Those of the template domain have the name of another one in a service."""
    ours = {each.file for program in programs for each in program.mutants}
    files = [name for name in raw_files() if name.startswith("app/") and name.endswith(".py")]
    code = {name for name in files if [*mutants(RAW, name)]}
    assert {re.sub("widgets|gadgets", "users", name) for name in code} | {*REPOSITORY} <= ours


def test_a_mutant_that_is_listed_as_equivalent_is_one_of_these(programs: list[Program]) -> None:
    assert {*EQUIVALENT} <= {str(each) for program in programs for each in program.mutants}


def test_nine_in_ten_mutants_are_killed(
    programs: list[Program], typed: list[Program], tmp_path: Path, record_property: Record
) -> None:
    home = {mutant: program for program in programs for mutant in program.mutants}
    chosen = sample(home, SIZE)
    known, killers = stored(RESULTS), stored(KILLERS)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    one_at_a_time = Lock()

    def keep(name: str, result: str) -> None:
        with one_at_a_time:
            known[name] = result
            RESULTS.write_text(json.dumps(known, indent=1), encoding="utf-8")
            KILLERS.write_text(json.dumps(dict(killers), indent=1), encoding="utf-8")

    def failure_without(row: Planted) -> str:
        """What its suites say before it is planted."""
        name = f"the suites without {named(row)}"
        said = "" if name in known else failure(row[0], row[1].file, row[0].folder)
        if not said:
            keep(name, "passed")
        return said

    def judge(row: Planted) -> None:
        name = named(row)
        said = failure_with(row, tmp_path / sha256(name.encode()).hexdigest(), killers.get(name, ""))
        if killer := re.search(r"^(?:FAILED|ERROR) (\S+::.+?)(?: - |$)", said, re.MULTILINE):
            killers[name] = killer[1]
        keep(name, "killed" if said else "survived")

    def survivors(rows: Iterable[Planted]) -> list[Planted]:
        rows = [*rows]
        new = [row for row in rows if named(row) not in known]
        # More than there are cores: the slow tests mostly wait.
        with ThreadPoolExecutor(4) as pool:
            # Else a suite that always fails would kill every mutant.
            assert not "\n".join(filter(None, pool.map(failure_without, unlike(new))))
            [*pool.map(judge, new)]
        return [row for row in rows if known[named(row)] == "survived"]

    left = survivors((home[each], each) for each in chosen if str(each) not in EQUIVALENT)
    tried = {str(mutant): [*elsewhere(mutant, typed, programs[0])] for _, mutant in left}
    still = {named(row) for row in survivors(chain(*tried.values()))}
    left = [mutant for mutant, rows in tried.items() if still.issuperset(map(named, rows))]
    equivalent = [each for each in chosen if str(each) in EQUIVALENT]
    counted = len(chosen) - len(equivalent)
    record_property("mutants killed", counted - len(left))
    record_property("mutants that survived", len(left))
    record_property("mutants that are equivalent", len(equivalent))
    for survivor in left:
        record_property(f"survivor: {survivor}", 1)
    assert len(left) <= counted / 10, "\n".join(left)
