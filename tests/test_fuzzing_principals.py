"""A service with principals, whatever one of them, another one, or nobody sends."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import support
from support.fixtures import Render
from support.fuzzing import fuzz, make_rows
from support.known import needed_servers
from support.programs import free_port, run, serving
from support.servers import Servers

pytestmark = pytest.mark.timeout(900)

DOMAINS = (
    "customers(email:text unique, name), "
    "orders(customer:customers, status:new|paid|shipped, note:text?, total:decimal)"
)
ADD_ACCOUNT = Path(support.__file__).with_name("fuzzing_accounts.py")
SCOPES = " ".join(
    f"{name}:{action}"
    for name in ("customers", "orders", "tasks", "simulations")
    for action in ("read", "write")
)
# In development, mails go into the log.
SETTINGS = {"ENVIRONMENT": "development", "DRAIN_DELAY": "0", "LOGIN_RATE_LIMIT": "100/minute"}
# What makes these succeed is in no document: a link from a mail, the password, a time that is still to come.
CONFIG = "\n".join(
    f"[[operations]]\ninclude-operation-id = '{name}'\nchecks.positive_data_acceptance.enabled = false"
    for name in ("choose_password", "change_password", "issue_key")
)
# By it, the one who sends all this would end its own session.
KEPT = ("--exclude-operation-id", "end_sessions")


@dataclass
class Fuzzed:
    service: Path
    url: str
    settings: dict[str, str]
    servers: Servers

    def token(self, name: str, scopes: str) -> str:
        if "OIDC_ISSUER" in self.settings:
            issuer: Any = self.servers.get("issuer")
            token: str = issuer.running.token(name, scopes)
            return token
        # It has the scopes of its account.
        env = {**self.settings, "PYTHONPATH": str(self.service)}
        return run(sys.executable, ADD_ACCOUNT, name, scopes, cwd=self.service, env=env).split()[-1]

    def read(self, token: str, path: str) -> Any:
        response = httpx2.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()

    def rows(self, token: str) -> dict[str, dict[str, str]]:
        """One of each domain that belongs to it, by path, with the IDs that must stay."""
        rows: dict[str, dict[str, str]] = json.loads(make_rows(self.service, self.url, token))
        return rows

    def own_ids(self, token: str) -> dict[str, dict[str, str]]:
        """Of what a principal must not delete, or it would be nobody."""
        if "OIDC_ISSUER" in self.settings:
            return {}
        account, sessions = self.read(token, "/account"), self.read(token, "/account/sessions")
        return {"/account": {"id": account["id"], "session": sessions[0]["id"]}}


@contextmanager
def serve(answers: dict[str, str], render: Render, servers: Servers, folder: Path) -> Generator[Fuzzed]:
    service = render(folder, answers)
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", folder / "server.log"
    settings = {**servers.settings(needed_servers(answers)), **SETTINGS}
    if answers["database"] != "none":
        run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=service, env=settings)
    command = f"exec {sys.executable} -m uvicorn app.main:app --port {port}"
    with serving(command, f"{url}/health/ready", service, log, settings):
        yield Fuzzed(service, url, settings, servers)
    lines = log.read_text(encoding="utf-8").splitlines()
    assert any("service_started" in line and "[info" in line for line in lines)
    assert [line for line in lines if "[error" in line or "Traceback" in line] == []


@pytest.mark.parametrize("who", ["an administrator", "a stranger", "nobody"])
@pytest.mark.parametrize(
    ("auth", "database", "examples"),
    [
        ("accounts", "sqlite", 3),
        ("oidc", "none", 3),
        pytest.param("accounts", "postgresql", 25, marks=pytest.mark.long),
        pytest.param("oidc", "postgresql", 25, marks=pytest.mark.weekly),
    ],
)
def test_schemathesis_finds_nothing(
    auth: str, database: str, examples: int, who: str, render: Render, servers: Servers, tmp_path: Path
) -> None:
    answers = {"auth": auth, "domains": DOMAINS, "database": database}
    (tmp_path / "schemathesis.toml").write_text(CONFIG if auth == "accounts" else "", encoding="utf-8")
    with serve(answers, render, servers, tmp_path) as fuzzed:
        # Not the address of the examples: nothing sends mails here.
        admin = fuzzed.token("first", "admin")
        rows = fuzzed.rows(admin)
        before = {path: fuzzed.read(admin, f"{path}/{row['id']}") for path, row in rows.items()}
        if who == "nobody":
            fuzz(fuzzed.url, tmp_path, examples, foreign=json.dumps(rows))
        else:
            token, foreign = admin, {}
            if who == "a stranger":
                token, foreign = fuzzed.token("second", SCOPES), rows
                rows = fuzzed.rows(token)
            known = json.dumps({**rows, **fuzzed.own_ids(token)})
            header = ("--header", f"Authorization: Bearer {token}")
            fuzz(fuzzed.url, tmp_path, examples, *header, *KEPT, rows=known, foreign=json.dumps(foreign))
            # Else the rest of it was sent by nobody.
            fuzzed.read(token, "/v1/customers")
        if who != "an administrator":
            after = {path: fuzzed.read(admin, f"{path}/{row['id']}") for path, row in before.items()}
            assert before == after
