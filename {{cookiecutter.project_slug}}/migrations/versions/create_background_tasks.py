"""Create the table of background tasks."""

import sqlalchemy as sa
from alembic import op

revision = "create_background_tasks"
down_revision = "create_idempotency_keys"


def upgrade() -> None:
    op.create_table(
        "background_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("starts_alone", sa.Integer(), nullable=False),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        # % if cookiecutter.auth != "none"
        sa.Column("owner", sa.String(), server_default="", nullable=False),
        # % endif
        sa.PrimaryKeyConstraint("id", name="pk_background_tasks"),
    )
    # % if cookiecutter.auth != "none"
    op.create_index("ix_background_tasks_owner_id", "background_tasks", ["owner", "id"])
    # % endif
    op.create_index("ix_background_tasks_state_id", "background_tasks", ["state", "id"])
    op.create_index("ix_background_tasks_ended_at", "background_tasks", ["ended_at"])
    op.create_index("ix_background_tasks_due_at", "background_tasks", ["due_at"])


def downgrade() -> None:
    op.drop_table("background_tasks")
