"""Create the table of widgets."""

import sqlalchemy as sa
from alembic import op

revision = "create_widgets"
down_revision = "create_background_tasks"


def upgrade() -> None:
    op.create_table(
        "widgets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_widgets"),
        sa.UniqueConstraint("name", name="uq_widgets_name"),
    )


def downgrade() -> None:
    op.drop_table("widgets")
