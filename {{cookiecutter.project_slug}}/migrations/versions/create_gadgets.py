"""Create the table of gadgets."""

import sqlalchemy as sa
from alembic import op

revision = "create_gadgets"
down_revision = "create_accounts"


def upgrade() -> None:
    op.create_table(
        "gadgets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gadgets"),
        sa.UniqueConstraint("owner_id", "id", name="uq_gadgets_id"),
        sa.UniqueConstraint(
            "owner_id",
            "name",
            name="uq_gadgets_name",
        ),
    )
    for column in [
        "created_at",
    ]:
        op.create_index(
            f"ix_gadgets_{column}_id",
            "gadgets",
            ["owner_id", column, "id"],
        )


def downgrade() -> None:
    op.drop_table("gadgets")
