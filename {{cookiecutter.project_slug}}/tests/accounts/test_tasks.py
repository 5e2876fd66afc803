"""The tasks of an account that is deleted."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from app.tasks.schemas import TaskState
from tests.support.accounts import Person
from tests.support.probe.tasks import notes
from tests.support.processes import until


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_concurrency": 2})


@pytest.mark.parametrize("with_heir", [False, True])
def test_its_tasks_are_cancelled(
    client: TestClient, admin: Person, ada: Person, bob: Person, with_heir: bool, tmp_path: Path
) -> None:
    assert client.portal
    store = client.app_state["tasks"].store

    def submit(person: Person) -> UUID:
        arguments = {"folder": str(tmp_path)}
        response = client.post("/v1/test-probe/hold", json=arguments, headers=person.headers)
        return UUID(response.headers["Location"].rpartition("/")[2])

    def state_of(id: UUID) -> TaskState:
        return client.portal.call(store.get, id).state if client.portal else TaskState.FAILED

    # More than run at the same time.
    hers, his = [submit(ada) for _ in range(3)], submit(bob)
    with client.portal.wrap_async_context_manager(client.app_state["tasks"].working()):
        until(lambda: len(notes(tmp_path, "started")) == 2)
        heir = {"heir": str(bob.id)} if with_heir else {}
        assert client.delete(f"/accounts/{ada.id}", params=heir, headers=admin.headers).status_code == 204
        until(lambda: {state_of(id) for id in hers} == {TaskState.CANCELLED}, 60)
        (tmp_path / "go").touch()
        until(lambda: state_of(his) == TaskState.SUCCEEDED, 60)
    assert len(notes(tmp_path, "ended")) == 1
