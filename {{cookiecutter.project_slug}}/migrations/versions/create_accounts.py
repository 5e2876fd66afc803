"""Create the tables of accounts and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "create_accounts"
# % if cookiecutter.tasks == "postgresql"
down_revision = "create_procrastinate"
# % else
down_revision = "create_background_tasks"
# % endif
KINDS = ("session", "key", "reset", "verify")


def upgrade() -> None:
    op.create_table(
        "auth_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_auth_accounts"),
        sa.UniqueConstraint("email", name="uq_auth_accounts_email"),
    )
    for column in ("created_at", "email"):
        op.create_index(f"ix_auth_accounts_{column}_id", "auth_accounts", [column, "id"])
    op.create_table(
        "auth_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_auth_tokens"),
        sa.UniqueConstraint("digest", name="uq_auth_tokens_digest"),
        sa.CheckConstraint(sa.column("kind").in_(KINDS), name="kind"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["auth_accounts.id"], name="fk_auth_tokens_account_id", ondelete="CASCADE"
        ),
    )
    for column in ("account_id", "expires_at"):
        op.create_index(f"ix_auth_tokens_{column}", "auth_tokens", [column])


def downgrade() -> None:
    op.drop_table("auth_tokens")
    op.drop_table("auth_accounts")
