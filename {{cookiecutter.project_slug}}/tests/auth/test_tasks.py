"""A task belongs to the principal that submits it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.auth import SYSTEM, Principal, acting_as, current_principal
from app.tasks import TaskRecord, TasksDep
from app.tasks.owned import PRINCIPAL, own, run_as_owner
from app.tasks.registry import TaskRegistry
from tests.support.principals import CredentialsOf
from tests.support.probe.tasks import echo
from tests.support.waiting import Wait, records_of, submit


@pytest.fixture
def other(credentials_of: CredentialsOf) -> dict[str, str]:
    return credentials_of("eve")


def test_a_task_of_another_principal_does_not_exist(
    client: TestClient, other: dict[str, str], wait: Wait
) -> None:
    location = submit(client, "echo", value="private")
    for method, url in (("GET", location), ("POST", f"{location}/cancel")):
        refused = client.request(method, url, headers=other)
        assert (refused.status_code, refused.json()["detail"]) == (404, "There is no such task.")
    assert wait(location)["result"] == "private"
    assert client.get(location, headers=other).status_code == 404


def test_a_list_has_the_tasks_of_one_principal(
    client: TestClient, other: dict[str, str], credentials_of: CredentialsOf, wait: Wait
) -> None:
    mine = [submit(client, "echo") for _ in range(3)]
    theirs = client.post("/v1/test-probe/echo", json={}, headers=other).headers["Location"]
    for location in mine:
        wait(location)
    for query in ({}, {"state": "succeeded"}):
        page = client.get("/tasks", params={"limit": 2, **query}).json()
        rest = client.get("/tasks", params={"limit": 2, **query, "cursor": page["next_cursor"]}).json()
        assert [f"/tasks/{each['id']}" for each in page["items"] + rest["items"]] == mine
        assert rest["next_cursor"] is None
    seen = client.get("/tasks", headers=other).json()
    assert [f"/tasks/{each['id']}" for each in seen["items"]] == [theirs]
    for scopes in ("admin", "tasks:read"):
        nobodys = client.get("/tasks", headers=credentials_of("mallory", scopes)).json()
        assert nobodys == {"items": [], "next_cursor": None}
    assert len([*records_of(client)]) == 3


def test_a_task_runs_as_the_principal_that_submitted_it(
    client: TestClient, credentials_of: CredentialsOf, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    call = TaskRegistry._call

    async def watched(self: TaskRegistry, name: str, arguments: dict[str, Any]) -> Any:
        seen[arguments["value"]] = current_principal()
        return await call(self, name, arguments)

    monkeypatch.setattr(TaskRegistry, "_call", watched)
    ada = credentials_of("ada", "test-probe:write tasks:read")
    client.post("/v1/test-probe/echo", json={"value": "ada's"}, headers=ada)
    wait(submit(client, "echo", value="mine"))
    assert seen["ada's"].scopes == {"test-probe:write", "tasks:read"}
    assert seen["mine"].owner == seen["ada's"].owner
    assert seen["mine"].scopes > {"tasks:read"}


def test_a_task_of_a_task_belongs_to_the_same_principal(
    client: TestClient, wait: Wait, tmp_path: Path
) -> None:
    record = wait(submit(client, "delegate", folder=str(tmp_path)))
    assert wait(f"/tasks/{record['result']}")["state"] == "succeeded"


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"orders:read", "x y"})])
def test_a_principal_is_the_same_after_it_was_a_text(scopes: frozenset[str]) -> None:
    principal = Principal("\ud55c\uad6d|\u00e9\u0000", scopes)
    assert PRINCIPAL.validate_json(PRINCIPAL.dump_json(principal)) == principal


def test_clients_do_not_see_whose_a_task_is(client: TestClient, wait: Wait) -> None:
    record = wait(submit(client, "echo"))
    assert client.portal
    stored = client.portal.call(client.app_state["tasks"].store.get, UUID(record["id"]))
    assert stored.owner
    for shown in (record, next(records_of(client))):
        assert shown.keys() & {"owner", "context"} == set()


def test_nothing_is_submitted_by_nobody(app: FastAPI, client: TestClient) -> None:
    app.router.dependencies.clear()

    @app.post("/probe/open", status_code=202)
    async def submit_echo(tasks: TasksDep) -> TaskRecord:
        return tasks.submit(echo)

    with structlog.testing.capture_logs() as lines:
        assert client.post("/probe/open").status_code == 500
    [error] = [line["exc_info"] for line in lines if line["event"] == "unexpected_error"]
    assert "acting_as(SYSTEM)" in str(error)
    assert [*records_of(client)] == []


def test_what_the_service_submits_itself_belongs_to_no_client(
    app: FastAPI, client: TestClient, runner: None, credentials_of: CredentialsOf
) -> None:
    @app.post("/probe/open", status_code=202)
    async def submit_echo(tasks: TasksDep) -> TaskRecord:
        with acting_as(SYSTEM):
            return tasks.submit(echo)

    location = client.post("/probe/open").headers["Location"]
    for headers in ({}, credentials_of("root", "admin")):
        assert client.get(location, headers=headers).status_code == 404


@pytest.mark.parametrize("principal", [SYSTEM, Principal("ada", frozenset({"admin"}))])
def test_a_task_runs_as_whoever_submitted_it_from_what_is_stored(principal: Principal) -> None:
    task = TaskRecord(name="echo", arguments={})
    with acting_as(principal):
        own(task)
    with acting_as(Principal("eve")):
        run_as_owner(task.model_copy())
        assert current_principal() == principal
