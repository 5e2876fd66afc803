"""A task belongs to the principal that submits it, and runs as that one; to others it does not exist."""

from pydantic import TypeAdapter

from app.auth import SYSTEM, Principal, act_as, acting_as, required_principal
from .backend import TaskBackend
from .schemas import TaskRecord, TaskState

KEY = "principal"
# With all of its fields, also those that a team adds.
PRINCIPAL = TypeAdapter(Principal)


def own(task: TaskRecord) -> None:
    principal = required_principal()
    task.owner = principal.owner
    # For workers of another release, which read no more than the context.
    task.context[KEY] = "" if principal == SYSTEM else PRINCIPAL.dump_json(principal).decode()


def run_as_owner(task: TaskRecord) -> None:
    """One from a time without principals runs as none: what needs one raises."""
    if (text := task.context.get(KEY)) is not None:
        act_as(PRINCIPAL.validate_json(text) if text else SYSTEM)


def visible(task: TaskRecord | None) -> TaskRecord | None:
    return task if task and task.owner == required_principal().owner else None


async def cancel_tasks(backend: TaskBackend, principal: Principal) -> None:
    """All of a principal that has gone: what waits never runs, and what runs is asked to stop."""
    with acting_as(principal):
        for state in (TaskState.QUEUED, TaskState.RUNNING):
            last = None
            while tasks := await backend.store.list(100, last, state):
                last = tasks[-1].id
                for task in tasks:
                    await backend.cancel(task.id)
