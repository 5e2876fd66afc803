"""Code that a team adds to its service, which the service's own tests must let pass."""

import re
import signal
import sys
import time
from pathlib import Path
from textwrap import indent

import httpx2
import pytest
from support.edits import replace
from support.fixtures import Render
from support.programs import free_port, run, start, stop, wait_for
from support.suites import try_tests

pytestmark = pytest.mark.timeout(180)

# The tests of the API document, which look at every operation.
DOCUMENT = "tests/test_openapi.py"

IMPORTS = """
import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse

from app.errors import Problem, problem, respond
"""
OPERATIONS = {
    "own error": """
@router.get("/invoice", responses={402: {"model": Problem}})
async def get_invoice() -> Response:
    return respond(problem(402, "Pay first."))
""",
    "redirect": """
@router.get("/manual", status_code=307, responses={307: {"description": "Where it is."}})
async def get_manual() -> RedirectResponse:
    return RedirectResponse("/docs")
""",
    "unavailable": """
@router.get("/weather")
async def get_weather() -> dict[str, str]:
    return respond(problem(502, "The service that knows the weather does not respond."))
""",
}
# What the tests must not let pass.
BROKEN = """
@router.get("/broken")
async def get_broken() -> None:
    raise RuntimeError
"""
UNDOCUMENTED = """
@router.get("/teapot")
async def get_teapot() -> Response:
    return Response(status_code=418)
"""


@pytest.fixture
def service(render: Render, tmp_path: Path) -> Path:
    return render(tmp_path, {"database": "none", "tasks": "none", "domains": "orders"})


def example(service: Path, page: str, word: str) -> str:
    """The code on a page of the service that has this word."""
    text = (service / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    [found] = [block for block in blocks if word in block]
    return f"\n{found}"


def clock(service: Path) -> str:
    return example(service, "fastapi.md", "EventSourceResponse")


def add(service: Path, operation: str) -> None:
    router = service / "app" / "domains" / "orders" / "router.py"
    # Above those with a parameter in their path.
    head, list_route, rest = router.read_text(encoding="utf-8").partition('\n@router.get("")')
    router.write_text(f"{IMPORTS}{head}{operation}\n{list_route}{rest}", encoding="utf-8")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_of_a_team_passes(name: str, service: Path) -> None:
    add(service, OPERATIONS[name])
    passed, said = try_tests(service, DOCUMENT)
    assert passed, said


def test_an_endless_stream_passes(service: Path) -> None:
    add(service, clock(service))
    passed, said = try_tests(service, DOCUMENT)
    assert passed, said


@pytest.mark.parametrize(
    ("operation", "name"), [(BROKEN, "/broken"), (UNDOCUMENTED, "/teapot")], ids=["broken", "undocumented"]
)
def test_an_operation_that_is_wrong_is_named(operation: str, name: str, service: Path) -> None:
    add(service, operation)
    passed, said = try_tests(service, DOCUMENT)
    assert not passed
    assert f"get /v1/orders{name}: " in said


def test_an_endless_stream_of_the_page_ends_with_the_service(service: Path, tmp_path: Path) -> None:
    add(service, clock(service))
    port, log = free_port(), tmp_path / "log"
    url, limit = f"http://127.0.0.1:{port}", ("--timeout-graceful-shutdown", "60")
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port), *limit]
    with log.open("wb") as sink:
        process = start(command, service, {"DRAIN_DELAY": "0"}, sink)
    try:
        wait_for(f"{url}/health/live", process, log)
        with httpx2.stream("GET", f"{url}/v1/orders/clock", timeout=60) as response:
            lines = response.iter_lines()
            assert next(lines).startswith("data: ")
            begin = time.monotonic()
            process.send_signal(signal.SIGTERM)
            # It is whole: a stream that is cut off raises.
            assert [*lines]
        process.wait(60)
        assert time.monotonic() - begin < 30
    finally:
        stop(process)
    assert '"level":"error"' not in log.read_text(encoding="utf-8")


CHECK = """
        async def call_out() -> None:
            raise ConnectionError

        checks["mail"] = call_out
        state["readiness"] = """


@pytest.mark.long
def test_a_check_that_calls_out_fails_no_test_of_another_part(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {"database": "none", "model_serving": "onnx"})
    replace(service / "app" / "factory.py", '\n        state["readiness"] = ', CHECK)
    passed, said = try_tests(service, "tests", "-n", "2")
    assert passed, said


def test_rows_that_refer_to_another_domain_are_tested_as_the_page_says(
    render: Render, tmp_path: Path
) -> None:
    service = render(tmp_path, {"domains": "customers, orders", "tasks": "none"})
    orders, tests = (service / folder / "domains" / "orders" for folder in ("app", "tests"))
    schemas, factory = orders / "schemas.py", tests / "factory.py"
    column = example(service, "data.md", "ForeignKey")
    imports = "\nfrom uuid import UUID\nfrom sqlalchemy import ForeignKey"
    replace(orders / "models.py", "\nfrom sqlalchemy.orm", f"{imports}\nfrom sqlalchemy.orm")
    replace(orders / "models.py", "unique=True)\n", f"unique=True)\n{indent(column, ' ' * 4)}")
    replace(schemas, "\nfrom pydantic", "\nfrom uuid import UUID\nfrom pydantic")
    replace(schemas, "    name: Text\n", "    name: Text\n    customer_id: UUID\n")
    replace(schemas, "= MISSING\n", "= MISSING\n    customer_id: UUID | MISSING = MISSING\n")
    replace(schemas, "    name: str\n", "    name: str\n    customer_id: UUID\n")
    replace(
        schemas,
        "    name: Text | None = None\n",
        "    name: Text | None = None\n    customer_id: UUID | None = None\n",
    )
    replace(schemas, '    "name",\n', '    "name",\n    "customer_id",\n    "-customer_id",\n')
    [field] = re.findall(
        r"`(customer_id=Reference\(.*?\))`", (service / "docs" / "data.md").read_text("utf-8")
    )
    replace(factory, "unique=True),\n", f"unique=True),\n    {field},\n")
    replace(factory, "import Fields, ", "import Fields, Reference, ")
    replace(
        factory, "\nfrom tests", "\nfrom tests.domains.customers.factory import make_customer\nfrom tests"
    )
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/service.db"}
    for words in (["upgrade", "head"], ["revision", "--autogenerate", "--message", "add customers"]):
        run(sys.executable, "-m", "alembic", *words, cwd=service, env=env)
    passed, said = try_tests(service, "tests/domains", DOCUMENT, "tests/test_migrations.py")
    assert passed, said


BLOCKED = """
from fastapi.testclient import TestClient

from tests.domains.customers.factory import make_customer
from .factory import make_order


def test_a_customer_who_may_not_order_gets_a_409(client: TestClient) -> None:
    may, may_not = (make_customer(client, blocked=blocked) for blocked in (False, True))
    assert make_order(client, customer_id=may["id"])["customer_id"] == may["id"]
    refused = client.post("/v1/orders", json={"customer_id": may_not["id"]})
    assert (refused.status_code, refused.json()["detail"]) == (409, "This customer may not order.")
"""
EXPORT = "from .repository import may_order as may_order"
PARAMETER = "may_order: Callable[[UUID], Awaitable[bool]]"


def pieces(service: Path) -> dict[str, str]:
    """The code that AGENTS.md shows for what one domain needs of another, by the file that it belongs to."""
    text = (service / "AGENTS.md").read_text(encoding="utf-8")
    assert EXPORT in text
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    code = "".join(block for block in blocks if "may_order" in block)
    _, *parts = re.split(r"^# (app/[\w/]+\.py).*\n", code, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


# A file, what stands there, and what takes its place; {4} is what the page shows for the file, indented by 4.
HANDED_IN = (
    ("app/domains/customers/repository.py", "    model = Customer\n", "    model = Customer\n\n\n{0}"),
    ("app/domains/customers/repository.py", "import EntityRepository", "import EntityRepository, Session"),
    ("app/state.py", "total=False):\n", "total=False):\n{4}"),
    ("app/state.py", "import Database\n", "import Database, Session\n"),
    ("app/factory.py", '        state["readiness"] =', '{8}\n        state["readiness"] ='),
    ("app/factory.py", "import DOMAINS\n", "import DOMAINS, customers\n"),
    ("app/domains/orders/router.py", "    row = await service.create(Repository(session), data)\n", "{4}"),
    (
        "app/domains/orders/service.py",
        "    return await repository.add",
        "{4}    return await repository.add",
    ),
    ("app/domains/orders/service.py", "data: OrderCreate)", f"data: OrderCreate, {PARAMETER})"),
    ("app/domains/orders/service.py", "import NotFoundError", "import ConflictError, NotFoundError"),
)
IMPORTED = """
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID
"""


def hand_in(service: Path) -> None:
    shown = pieces(service)
    for name, old, new in HANDED_IN:
        for width in (0, 4, 8):
            new = new.replace(f"{{{width}}}", indent(shown[name], " " * width))
        replace(service / name, old, new)
    for name in shown:
        replace(service / name, '"""\n', f'"""\n{IMPORTED}')


def test_a_domain_gets_what_it_needs_of_another_as_the_page_says(render: Render, tmp_path: Path) -> None:
    domains = "customers(name, blocked:bool), orders(customer:customers)"
    service = render(tmp_path, {"domains": domains, "tasks": "none"})
    replace(
        service / "app" / "domains" / "customers" / "__init__.py",
        "\nfrom .router",
        f"\n{EXPORT}\nfrom .router",
    )
    hand_in(service)
    (service / "tests" / "domains" / "orders" / "test_blocked.py").write_text(BLOCKED, encoding="utf-8")
    run(Path(sys.executable).with_name("lint-imports"), "--no-cache", cwd=service, env={"PYTHONPATH": "."})
    passed, said = try_tests(service, "tests/domains/orders/test_blocked.py", DOCUMENT)
    assert passed, said
