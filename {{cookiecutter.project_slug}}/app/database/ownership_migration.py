"""What a migration needs by which rows get owners: those that are there belong to one from then on."""

from collections.abc import Iterator, Sequence
from typing import Any

from alembic import context
from alembic.operations.ops import AddColumnOp, AlterColumnOp, MigrationScript, ModifyTableOps
from sqlalchemy import DefaultClause

from .migration_check import VERSIONS
from .ownership import OWNER
from .sql import Base

NEEDED = "{} has rows without an owner. Say who gets them: make migration name=... owner=NAME"
REWRITTEN = """create_{0}.py gives {0} owners, but the database has been given the table without.
Let migrations that were applied be as they were, and repeat this: docs/authorisation.md says how."""


def give_owners(_: object, __: object, scripts: Sequence[MigrationScript]) -> None:
    """For `process_revision_directives` of Alembic."""
    owner = context.get_x_argument(as_dictionary=True).get("owner")
    for script in scripts:
        if script.upgrade_ops and script.downgrade_ops:
            up, down = script.upgrade_ops, script.downgrade_ops
            owned = {op.table_name for op in up.ops if isinstance(op, ModifyTableOps) and owner_of(op)}
            others, changed = divide(up.ops, owned)
            up.ops = [*others, *(each for table in changed for each in with_owner(owner, table))]
            others, changed = divide(down.ops, owned)
            down.ops = [*reversed(changed), *others]


def divide(ops: Sequence[Any], owned: set[str]) -> tuple[list[Any], list[ModifyTableOps]]:
    """What has nothing to do with owners, and the changes of tables, each after those that it refers to."""
    order = [table.name for table in Base.metadata.sorted_tables]
    changed = [op for op in ops if isinstance(op, ModifyTableOps) and op.table_name in owned]
    others = [op for op in ops if op not in changed]
    return others, sorted(changed, key=lambda op: order.index(op.table_name))


def owner_of(table: ModifyTableOps) -> AddColumnOp | None:
    added = [op for op in table.ops if isinstance(op, AddColumnOp) and op.column.name == OWNER]
    return added[0] if added else None


def with_owner(owner: str | None, table: ModifyTableOps) -> Iterator[ModifyTableOps]:
    path = VERSIONS / f"create_{table.table_name}.py"
    if path.exists() and OWNER in path.read_text("utf-8"):
        raise SystemExit(REWRITTEN.format(table.table_name))
    if not owner:
        raise SystemExit(NEEDED.format(table.table_name))
    if added := owner_of(table):
        added.column.server_default = DefaultClause(owner)
        yield table
        # From then on, it comes from the principal.
        last = AlterColumnOp(table.table_name, OWNER, modify_server_default=None)
        last.existing_type, last.existing_nullable = added.column.type, False
        yield ModifyTableOps(table.table_name, [last])
