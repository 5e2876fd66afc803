"""Questions, tables, conditions and files agree; what is rendered is text, complete, and always the same."""

import ast
import resource
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import combinations
from pathlib import Path

import pytest
from binaryornot.check import is_binary
from checks import expected_files, idle, residue, untidy_files
from conftest import POST_GEN, ROOT, SERVICE, Bake, Render, Rendered, files
from cookiecutter.utils import create_env_with_context
from jinja2 import nodes
from offered import ANSWERS, CHOICES, DATA, KNOWING, KNOWN, QUESTIONS, with_answer

HOOKS = sorted((ROOT / "hooks").glob("*.py"))


@pytest.fixture(scope="session")
def parsed(raw: dict[str, Path]) -> dict[str, nodes.Template]:
    """The same files, as Jinja reads them."""
    env = create_env_with_context({"cookiecutter": QUESTIONS})
    texts = {name: path.read_text(encoding="utf-8") for name, path in raw.items() if name not in DATA}
    return {name: env.parse(text) for name, text in texts.items()}


@pytest.fixture
def unhooked(render: Render, tmp_path: Path) -> Path:
    """What `--accept-hooks no` renders."""
    return render(tmp_path, {}, accept_hooks=False)


# Tables


@pytest.mark.parametrize(("keeping", "owned"), POST_GEN.OWNED)
def test_what_an_option_owns_is_there_and_may_go(
    keeping: dict[str, tuple[str, ...]], owned: tuple[str, ...], raw: dict[str, Path]
) -> None:
    for question, kept in keeping.items():
        assert {*kept} < {*CHOICES[question]}
    there = {*raw} | {path for _, path, _ in POST_GEN.VARIANTS}
    for path in owned:
        assert any(name == path or name.startswith(f"{path}/") for name in there), path


@pytest.mark.parametrize(("question", "path", "forms"), POST_GEN.VARIANTS)
def test_every_answer_finds_its_form(
    question: str, path: str, forms: dict[str, str], raw: dict[str, Path]
) -> None:
    assert {*forms} <= {*CHOICES[question]}
    assert {*forms.values()} <= {*raw} - {path}


@pytest.mark.parametrize(("question", "answer"), ANSWERS)
def test_a_service_has_what_its_answers_own_and_nothing_else(
    question: str, answer: str, raw: dict[str, Path], rendered: Rendered
) -> None:
    """Here for each answer; `proof/test_exhaustive.py` has every set of them."""
    given = with_answer(question, answer)
    service = rendered(**given)
    assert {*service} == expected_files(given, raw)
    assert untidy_files(service) == []
    assert residue(given, service) == []
    assert idle(service) == []


@pytest.mark.parametrize(("question", "answer"), [pair for pair, known in KNOWN.items() if known.file])
def test_an_answer_is_what_brings_its_files(question: str, answer: str, rendered: Rendered) -> None:
    known = KNOWN[question, answer]
    for given in CHOICES[question]:
        found = rendered(**with_answer(question, given)).get(known.file, b"").decode("utf-8")
        assert (known.text in found) == (given == answer), given


def test_something_is_known_of_every_answer_and_of_nothing_else() -> None:
    """What is not known is not proven: no answer may be offered without its row."""
    assert {*KNOWN} == {*ANSWERS}
    for answer, known in KNOWN.items():
        assert known.file or answer[1] == "none", answer


@pytest.mark.parametrize("question", CHOICES)
def test_every_answer_makes_a_difference(question: str, rendered: Rendered) -> None:
    services = [rendered(**with_answer(question, answer)) for answer in CHOICES[question]]
    assert all(one != other for one, other in combinations(services, 2))


def test_every_file_of_the_template_is_in_some_service(raw: dict[str, Path], rendered: Rendered) -> None:
    given = [with_answer(question, answer) | {"domains": "none"} for question, answer in ANSWERS]
    seen = {name for answers in given for name in rendered(**answers)}
    forms = {form for _, _, forms in POST_GEN.VARIANTS for form in forms.values()}
    finals = {path for _, path, _ in POST_GEN.VARIANTS}
    assert {name.removeprefix("scripts/exemplar/") for name in seen} - finals == {*raw} - forms - finals


# Conditions


def asked(tree: nodes.Node) -> Iterator[tuple[str, object]]:
    """The pairs of question and answer that the conditions compare."""
    for compare in tree.find_all(nodes.Compare):
        question = compare.expr.node if isinstance(compare.expr, nodes.Filter) else compare.expr
        assert isinstance(question, nodes.Getattr)
        for operand in compare.ops:
            answers = operand.expr.as_const()
            for answer in [answers] if isinstance(answers, str) else answers:
                yield question.attr, answer


def test_every_condition_asks_for_an_answer_that_can_be_given(parsed: dict[str, nodes.Template]) -> None:
    for name, tree in parsed.items():
        for question, answer in asked(tree):
            assert answer in (CHOICES | {"domains": ["none"]})[question], name


def test_every_variable_is_a_question_or_comes_from_one(parsed: dict[str, nodes.Template]) -> None:
    for name, tree in parsed.items():
        for attribute in tree.find_all(nodes.Getattr):
            if isinstance(attribute.node, nodes.Name) and attribute.node.name == "cookiecutter":
                assert attribute.attr in QUESTIONS, name
        used = {variable.name for variable in tree.find_all(nodes.Name) if variable.ctx == "load"}
        made = {variable.name for variable in tree.find_all(nodes.Name) if variable.ctx == "store"}
        assert used - made <= {"cookiecutter"}, name


def test_only_composition_roots_know_the_options(parsed: dict[str, nodes.Template]) -> None:
    knowing = {
        name
        for name, tree in parsed.items()
        if not all(isinstance(statement, nodes.Output) for statement in tree.find_all(nodes.Stmt))
    }
    assert knowing == KNOWING


# Files


def test_no_text_is_taken_for_binary_and_left_unrendered(raw: dict[str, Path]) -> None:
    assert {name for name, path in raw.items() if is_binary(str(path))} <= DATA


def test_data_is_copied_as_it_is(raw: dict[str, Path], rendered: Rendered) -> None:
    service = rendered(**with_answer("model_serving", "onnx"))
    for name in DATA:
        assert service[name] == raw[name].read_bytes()
        # By this list: whether cookiecutter takes a file for binary depends on its first bytes.
        assert any(fnmatch(name, pattern) for pattern in QUESTIONS["_copy_without_render"])


def test_without_hooks_everything_is_there(unhooked: Path, raw: dict[str, Path]) -> None:
    assert files(unhooked).keys() == raw.keys()


def test_the_same_answers_make_the_same_service(bake: Bake) -> None:
    answers = {"domains": "users, orders, person:people, order_lines", "project_name": 'The "Shop"'}
    assert files(bake(**answers)) == files(bake(**answers))


def test_a_service_made_over_another_is_the_new_one(render: Render, bake: Bake, tmp_path: Path) -> None:
    """As `cookiecutter -f` does. The domains that are there stay as the team has made them."""
    answers = {"domains": "users, orders", "license": "BSD-3-Clause", "ci": "github"}
    models = (
        render(tmp_path, {"domains": "users", "ci": "github"}) / "app" / "domains" / "users" / "models.py"
    )
    ours = models.read_bytes() + b"OURS = 1\n"
    models.write_bytes(ours)
    service = render(tmp_path, answers, overwrite_if_exists=True)
    # The line of migrations goes on from what was there, which another database may have run already.
    kept = {"app/domains/users/models.py": ours}
    for name in ("orders", "users"):
        path = f"migrations/versions/{name}.py"
        kept[path] = (service / path).read_bytes()
    assert b'down_revision = "users"' in kept["migrations/versions/orders.py"]
    assert b'down_revision = "tasks"' in kept["migrations/versions/users.py"]
    assert files(service) == files(bake(**answers)) | kept


def test_rendering_is_quick(bake: Bake) -> None:
    """In CPU seconds, which do not depend on what else the machine does."""

    def spent() -> float:
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(each.ru_utime + each.ru_stime for each in usage)

    before = spent()
    bake()
    assert spent() - before < 1.5


# Hooks


@pytest.mark.parametrize(
    "hook", [*HOOKS, ROOT / SERVICE / "scripts" / "domain.py"], ids=lambda path: path.stem
)
def test_a_hook_runs_on_any_python_and_starts_nothing(hook: Path) -> None:
    """They are run by the Python that cookiecutter was installed with."""
    source = hook.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imports |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imports <= sys.stdlib_module_names
    assert imports & {"datetime", "os", "random", "socket", "subprocess", "time", "urllib", "uuid"} == set()
    assert source.isascii()
