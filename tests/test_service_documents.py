"""What the documents of a service name is there: commands, paths, settings, addresses."""

import json
import re
import sys
from pathlib import Path

import fastapi
import pytest
from opentelemetry.sdk import environment_variables
from support.fixtures import Render
from support.mentions import addresses, lost_constants, lost_paths, lost_verbs, same, verbs
from support.options import EXTREMES
from support.paths import RAW, files
from support.programs import run
from support.unused import setting_names

OPENAPI = """
import json
from app.main import app
print(json.dumps([*app.openapi()["paths"], app.openapi_url or "/openapi.json"]))
"""


@pytest.fixture(params=EXTREMES)
def service(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Path:
    return render(tmp_path, EXTREMES[request.param])


def documents(service: Path) -> list[Path]:
    return [*service.glob("*.md"), *service.glob("docs/*.md")]


def test_what_the_documents_of_a_service_name_is_there(service: Path) -> None:
    made = files(service)
    known = setting_names(made) | {"TEST_" + setting for setting in setting_names(made)}
    known |= {"UV_DEFAULT_INDEX"} & {*re.findall(r"\w+", made["Makefile"].decode())}
    known |= {*dir(environment_variables)}
    for document in documents(service):
        text = document.read_text(encoding="utf-8")
        assert lost_paths(text, service, document.parent) == [], document.name
        assert lost_verbs(text, verbs(service / "Makefile")) == set(), document.name
        assert lost_constants(text, " ".join(known)) == [], document.name


def test_every_domain_has_the_files_that_the_guide_for_agents_names(service: Path) -> None:
    guide = (service / "AGENTS.md").read_text(encoding="utf-8")
    section = guide.partition("## The shape of a domain\n")[2].partition("\n## ")[0]
    shape = {*re.findall(r"^\| `(\w+\.py)`", section, re.MULTILINE)}
    assert "repository.py" in shape
    domains = [path for path in service.rglob("domains/*/") if "app" in path.parts]
    assert domains
    for domain in domains:
        assert shape <= {path.name for path in domain.glob("*.py")}, domain.name


def test_the_guide_for_agents_is_short(service: Path) -> None:
    guide = (service / "AGENTS.md").read_text(encoding="utf-8")
    assert len(re.findall(r"\S*\w\S*", guide)) < 700


def test_the_guide_of_fastapi_is_where_the_guide_for_agents_says() -> None:
    guide = (RAW / "AGENTS.md").read_text(encoding="utf-8")
    (path,) = re.findall("`.venv/lib/python3.\\*/site-packages/(.+?)`", guide)
    assert (Path(fastapi.__file__).parent.parent / path).is_file()


def test_every_address_in_the_documents_of_a_service_is_served(service: Path) -> None:
    said = run(sys.executable, "-c", OPENAPI, cwd=service, env={"OIDC_ISSUER": "https://login.example"})
    served = {same(path) for path in json.loads(said.splitlines()[-1])}
    modules = [path.read_text(encoding="utf-8") for path in (service / "app").rglob("*.py")]
    literal = "".join(modules)
    words = {address for path in documents(service) for address in addresses(path.read_text("utf-8"))}
    assert words
    assert {path for path in words if same(path) not in served and f'"{path}"' not in literal} == set()
