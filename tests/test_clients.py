"""Clients that others generate from the document of a service, and use."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import support
from support.fixtures import Render
from support.fuzzing import fuzz
from support.known import needed_servers
from support.paths import ROOT
from support.predictors import OPERATOR, TOKEN
from support.programs import free_port, run, serving
from support.servers import Servers

# In one process: they share a service.
pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(900)]
DOMAINS = (
    "users, orders, payments(order:orders, total:decimal, status:new|paid|written-off, day:date, "
    "at:datetime?, token:uuid unique, note:longtext?, active:bool, weight:float?, count:int, extra:json?)"
)
EVERYTHING = {"domains": DOMAINS, "database": "postgresql", "tasks": "redis", "model_serving": "onnx"}
USE = Path(support.__file__).with_name("generated_client.py")
GROUP = ("uv", "run", "--project", ROOT, "--isolated", "--only-group", "clients")
NPX = ("npx", "--yes", "--package=openapi-typescript@7.13.0", "--package=typescript@5.9.3", "--call")
USE_OF_TYPES = """
import type { components, paths } from "./made";
type Order = components["schemas"]["OrderCreate"];
type Page = paths["/v1/orders"]["get"]["responses"]["200"]["content"]["application/json"];
export const first: Order = { name: "first" };
type Payment = components["schemas"]["PaymentCreate"];
export const payment: Payment = {
  order_id: "", total: "1.5", status: "written-off", day: "", token: "", active: true, count: 1,
};
export const names = (page: Page): string[] => page.items.map((order) => order.name);
// @ts-expect-error: a number is no name
export const wrong: Order = { name: 1 };
// @ts-expect-error: lost is no status
export const lost: Payment = { ...payment, status: "lost" };
"""


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It has every part."""
    return render(tmp_path_factory.mktemp("everything"), EVERYTHING)


@pytest.fixture(scope="module")
def url(service: Path, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = servers.settings(needed_servers(EVERYTHING)) | {
        "DRAIN_DELAY": "0",
        "OPERATOR_TOKEN": TOKEN,
    }
    url, log = f"http://127.0.0.1:{free_port()}", tmp_path_factory.mktemp("log")
    server = f"exec {sys.executable} -m uvicorn app.main:app --port {url.rpartition(':')[2]}"
    worker = f"exec {sys.executable} -m app.worker"
    run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=service, env=settings)
    with (
        serving(server, f"{url}/health/ready", service, log / "server.log", settings),
        serving(worker, "", service, log / "worker.log", settings),
    ):
        yield url
    assert '"level":"error"' not in (log / "server.log").read_text(encoding="utf-8")


@pytest.fixture
def document(url: str, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(httpx2.get(f"{url}/openapi.json").content)
    return path


def test_a_python_client_is_generated_without_a_warning_and_works(document: Path, url: str) -> None:
    folder = document.parent
    generate = ("openapi-python-client", "generate", "--path", document, "--fail-on-warning")
    run(*GROUP, *generate, "--output-path", folder / "made", cwd=folder)
    run(*GROUP, "python", USE, url, cwd=folder, env={"PYTHONPATH": str(folder / "made")})


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("npx"), reason="there is no npx")
def test_types_for_typescript_are_generated_and_compile(document: Path, tmp_path: Path) -> None:
    said = run(*NPX, f"openapi-typescript {document} --output made.ts", cwd=tmp_path)
    assert "warning" not in said.lower()
    (tmp_path / "use.ts").write_text(USE_OF_TYPES, encoding="utf-8")
    run(*NPX, "tsc --noEmit --strict made.ts use.ts", cwd=tmp_path)


@pytest.mark.weekly
def test_schemathesis_finds_nothing_in_a_service_with_every_part(url: str, tmp_path: Path) -> None:
    fuzz(url, tmp_path, 150, "--header", f"Authorization: {OPERATOR['Authorization']}")
