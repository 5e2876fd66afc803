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
    column = example(service, "data.md", "ForeignKey")
    imports = "\nfrom uuid import UUID\nfrom sqlalchemy import ForeignKey"
    replace(orders / "models.py", "\nfrom sqlalchemy.orm", f"{imports}\nfrom sqlalchemy.orm")
    replace(orders / "models.py", "(unique=True)\n", f"(unique=True)\n{indent(column, ' ' * 4)}")
    replace(orders / "schemas.py", "\nfrom pydantic", "\nfrom uuid import UUID\nfrom pydantic")
    replace(orders / "schemas.py", "    name: Name\n", "    name: Name\n    customer_id: UUID\n")
    replace(orders / "schemas.py", "= MISSING\n", "= MISSING\n    customer_id: UUID | MISSING = MISSING\n")
    replace(orders / "schemas.py", "    name: str\n", "    name: str\n    customer_id: UUID\n")
    fixture = indent(example(service, "data.md", "autouse"), " " * 4)
    replace(tests / "test_router.py", '    bodies = ({"name": "b"}, {"name": "a"}, {"name": "c"})\n', fixture)
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/service.db"}
    for words in (["upgrade", "head"], ["revision", "--autogenerate", "--message", "add customers"]):
        run(sys.executable, "-m", "alembic", *words, cwd=service, env=env)
    passed, said = try_tests(service, "tests/domains", DOCUMENT, "tests/test_migrations.py")
    assert passed, said
