"""Let a field of widgets have more values."""

import sqlalchemy as sa
from alembic import op

revision = "change_widgets"
down_revision = "create_widgets"
ENUM_FIELD = (
    "one",
    "two",
)


def upgrade() -> None:
    with op.batch_alter_table("widgets") as table:
        table.drop_constraint(
            op.f("ck_widgets_enum_field"),
            type_="check",
        )
        table.create_check_constraint(
            "enum_field",
            sa.column("enum_field").in_(ENUM_FIELD),
        )


def downgrade() -> None:
    """Rows may have the new values by now: what is allowed stays as it is."""
