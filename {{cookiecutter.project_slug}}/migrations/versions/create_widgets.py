"""Create the table of widgets."""

import sqlalchemy as sa
from alembic import op

revision = "create_widgets"
down_revision = "create_gadgets"
ENUM_FIELD = (
    "one",
    "two",
)


def upgrade() -> None:
    op.create_table(
        "widgets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(255), nullable=False),
        sa.Column("text_field", sa.String(255), nullable=False),
        sa.Column("longtext_field", sa.String(10_000), nullable=False),
        sa.Column("int_field", sa.BigInteger(), nullable=False),
        sa.Column(
            "decimal_field",
            sa.Numeric(18, 4).with_variant(sa.BigInteger(), "sqlite"),
            nullable=False,
        ),
        sa.Column("float_field", sa.Double(), nullable=False),
        sa.Column("bool_field", sa.Boolean(), nullable=False),
        sa.Column("date_field", sa.Date(), nullable=False),
        sa.Column("datetime_field", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uuid_field", sa.Uuid(), nullable=False),
        sa.Column("json_field", sa.JSON(), nullable=False),
        sa.Column("enum_field", sa.String(50), nullable=False),
        sa.Column("gadget_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_widgets"),
        sa.UniqueConstraint("owner_id", "id", name="uq_widgets_id"),
        sa.UniqueConstraint(
            "owner_id",
            "text_field",
            name="uq_widgets_text_field",
        ),
        sa.UniqueConstraint(
            "owner_id",
            "int_field",
            name="uq_widgets_int_field",
        ),
        sa.UniqueConstraint(
            "owner_id",
            "decimal_field",
            name="uq_widgets_decimal_field",
        ),
        sa.UniqueConstraint(
            "owner_id",
            "date_field",
            name="uq_widgets_date_field",
        ),
        sa.UniqueConstraint(
            "owner_id",
            "datetime_field",
            name="uq_widgets_datetime_field",
        ),
        sa.UniqueConstraint(
            "owner_id",
            "uuid_field",
            name="uq_widgets_uuid_field",
        ),
        sa.CheckConstraint(
            sa.column("enum_field").in_(ENUM_FIELD),
            name="enum_field",
        ),
        sa.UniqueConstraint(
            "owner_id",
            "gadget_id",
            name="uq_widgets_gadget_id",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id", "gadget_id"],
            ["gadgets.owner_id", "gadgets.id"],
            name="fk_widgets_gadget_id",
            ondelete="RESTRICT",
            deferrable=True,
        ),
    )
    for column in [
        "created_at",
        "int_field",
        "decimal_field",
        "float_field",
        "bool_field",
        "date_field",
        "datetime_field",
        "enum_field",
        "gadget_id",
    ]:
        op.create_index(
            f"ix_widgets_{column}_id",
            "widgets",
            ["owner_id", column, "id"],
        )
    op.create_index(
        "uq_widgets_together",
        "widgets",
        [
            "owner_id",
            "int_field",
            "gadget_id",
        ],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("widgets")
