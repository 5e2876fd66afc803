"""A task belongs to the principal that submits it, and runs as that one; to others it does not exist."""

from app.auth import Principal, act_as, required_principal
from .schemas import TaskRecord

KEY = "principal"


def own(task: TaskRecord) -> None:
    principal = required_principal()
    task.owner = principal.owner
    # For workers of another release, which read no more than the context.
    task.context[KEY] = principal.to_json()


def run_as_owner(task: TaskRecord) -> None:
    """One from a time without principals runs as none: what needs one raises."""
    if text := task.context.get(KEY):
        act_as(Principal.from_json(text))


def visible(task: TaskRecord | None) -> TaskRecord | None:
    return task if task and task.owner == required_principal().owner else None
