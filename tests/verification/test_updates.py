"""Services that live on: `cruft update` keeps what a team has written, and every answer can change later."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from support.cruft import assert_is, commit, copy_history, create, earlier, git, update
from support.fixtures import Render
from support.known import needed_servers
from support.options import DEFAULTS, OPTIONS, QUESTIONS, everything, minimal, with_answer
from support.programs import run
from support.servers import Servers
from support.shop import tools_of
from support.suites import run_tests
from support.team import EDITS, edit, make_domain

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_history(tmp_path_factory.mktemp("history") / "template")


def test_an_update_keeps_the_work_of_a_team(history: Path, tmp_path: Path) -> None:
    service = create(history, tmp_path, {}, "--checkout", git(history, "rev-parse", earlier(history)))
    edit(service)
    make_domain(service)
    update(service)
    for name, _, new in EDITS:
        assert new in (service / name).read_text(encoding="utf-8"), name
    assert json.loads((service / ".cruft.json").read_text())["commit"] == git(history, "rev-parse", "HEAD")
    run_tests(service, Path(sys.executable))


OTHERS = [option for option in OPTIONS if option not in DEFAULTS.items()]
# The first other answer of each question in CI, all weekly.
FIRST = dict(reversed(OTHERS))


@pytest.mark.parametrize(
    ("question", "answer"),
    [pytest.param(*option, marks=() if option in FIRST.items() else pytest.mark.weekly) for option in OTHERS],
)
def test_every_answer_can_be_changed_later(
    question: str, answer: str, history: Path, render: Render, tmp_path: Path
) -> None:
    """There and back: each time the service is the one that was made with these answers at once."""
    (tmp_path / "made").mkdir()
    service = create(history, tmp_path / "made", {})
    there, back = with_answer(question, answer), with_answer(question, DEFAULTS[question])
    for number, answers in enumerate((there, back)):
        update(service, "--variables-to-update", json.dumps(answers))
        commit(service)
        assert_is(service, render(tmp_path / str(number), answers))


def test_everything_can_be_turned_on_in_a_service_that_a_team_has_changed(
    history: Path, tmp_path: Path
) -> None:
    """Then come the domains that it makes from now on; one made before would keep the shape of its day."""
    service = create(history, tmp_path, {**minimal(), "domains": QUESTIONS["domains"]})
    edit(service)
    update(service, "--variables-to-update", json.dumps(everything()))
    make_domain(service)
    run_tests(service, Path(sys.executable), parts=False)


FILL = """
from fastapi.testclient import TestClient
from app.factory import create_app
from app.settings import read_settings
with TestClient(create_app(read_settings(log_level="ERROR"))) as client:
    customer = client.post("/v1/customers", json={"email": "eve@example.com"}).json()["id"]
    for total in ("1.5", "2.5"):
        created = client.post("/v1/orders", json={"customer_id": customer, "total": total})
        assert created.status_code == 201, created.text
"""
SIGN_IN = """
import sys
from fastapi.testclient import TestClient
from app.factory import create_app
from app.settings import read_settings
with TestClient(create_app(read_settings(log_level="ERROR"))) as client:
    password = "as good as any other"
    def send(path, **body):
        return client.post(path, json={**body, "password": password})
    assert send("/accounts/password", token=sys.argv[1]).status_code == 204
    token = send("/sessions", email=sys.argv[2]).json()["token"]
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        listed = client.get("/v1/orders", params={"sort": "total"}, headers=headers).json()
        print(*(order["total"] for order in listed.get("items", ())))
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_service_that_has_rows_gets_accounts(
    database: str, history: Path, tmp_path: Path, servers: Servers
) -> None:
    """By the commands of its own page, and who was named there signs in and has the rows."""
    domains = "customers(email:text unique), orders(customer:customers, total:decimal)"
    answers = {"database": database, "tasks": "in-process", "domains": domains}
    service = create(history, tmp_path, answers)
    env = {**tools_of(service), **servers.settings(needed_servers(answers))}
    run("make", "migrate", cwd=service, env=env)
    run(sys.executable, "-c", FILL, cwd=service, env=env)
    update(service, "--variables-to-update", json.dumps({"auth": "accounts"}))
    page = (service / "docs" / "authorisation.md").read_text(encoding="utf-8")
    [commands] = [each for each in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "git restore" in each]
    said = [run(*shlex.split(command), cwd=service, env=env) for command in commands.splitlines()]
    assert "It was given 3 rows." in said[-1]
    [(email, token)] = re.findall(r"(\S+@\S+) is an administrator.*?#(\S+)", said[-1], re.DOTALL)
    seen = run(sys.executable, "-c", SIGN_IN, token, email, cwd=service, env=env)
    assert [line.split() for line in seen.splitlines()[-2:]] == [[], ["1.5000", "2.5000"]]
    commit(service)
    update(service)
    run_tests(service, Path(sys.executable), parts=False)
