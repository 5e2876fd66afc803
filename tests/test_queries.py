"""How many queries a request makes, with a session and without authorisation."""

import json
import sys

import pytest
from support.fixtures import Bake
from support.known import needed_servers
from support.programs import run
from support.servers import Servers

# Of each request of a row's life; the first of all is not counted, for it opens what stays open.
COUNT = """
import json
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from app.factory import create_app
from app.settings import read_settings

def headers():
    try:
        from tests.support.accounts import person
    except ImportError:
        return {}
    return person(read_settings(), "ada@example.com").headers

sent = []
event.listen(Engine, "before_cursor_execute", lambda _, __, statement, *___: sent.append(statement))
# Tasks in the background look after theirs at any time.
OURS = ("books", "auth_", "idempotency")
counts = {}
with TestClient(create_app(read_settings()), headers=headers()) as client:
    client.get("/v1/books")
    def count(name, status, method, path, **options):
        sent.clear()
        response = client.request(method, f"/v1/books{path}", **options)
        assert response.status_code == status, response.text
        counts[name] = len([each for each in sent if any(word in each for word in OURS)])
        return response
    book = f"/{count('create', 201, 'POST', '', json={'title': 'Emma'}).json()['id']}"
    key = {"headers": {"Idempotency-Key": "again"}}
    count("create once", 201, "POST", "", json={"title": "Evelina"}, **key)
    count("create again", 201, "POST", "", json={"title": "Evelina"}, **key)
    count("conflict", 409, "POST", "", json={"title": "Emma"})
    count("invalid", 422, "POST", "", json={})
    count("get", 200, "GET", book)
    count("list", 200, "GET", "", params={"title": "Emma", "sort": "-title"})
    count("patch", 200, "PATCH", book, json={"title": "Persuasion"})
    count("delete", 204, "DELETE", book)
    count("unknown", 404, "GET", book)
print(json.dumps(counts))
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_session_costs_one_query_at_most(database: str, bake: Bake, servers: Servers) -> None:
    def counts(auth: str) -> dict[str, int]:
        answers = {"auth": auth, "database": database, "domains": "books(title:text unique)"}
        service, env = bake(**answers), servers.settings(needed_servers(answers))
        run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=service, env=env)
        env |= {"PYTHONPATH": str(service), "LOG_LEVEL": "ERROR"}
        said = run(sys.executable, "-c", COUNT, cwd=service, env=env)
        found: dict[str, int] = json.loads(said.splitlines()[-1])
        return found

    without, with_session = counts("none"), counts("accounts")
    assert with_session == {name: number + 1 for name, number in without.items()}
