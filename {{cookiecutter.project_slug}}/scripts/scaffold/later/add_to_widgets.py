"""Add a field to widgets."""

import sqlalchemy as sa
from alembic import op

revision = "add_to_widgets"
down_revision = "create_widgets"
ENUM_FIELD = (
    "one",
    "two",
)


def upgrade() -> None:
    with op.batch_alter_table("widgets") as table:
        table.add_column(sa.Column("text_field", sa.String(255), nullable=True))
        table.add_column(sa.Column("longtext_field", sa.String(10_000), nullable=True))
        table.add_column(sa.Column("int_field", sa.BigInteger(), nullable=True))
        table.add_column(
            sa.Column(
                "decimal_field",
                sa.Numeric(18, 4).with_variant(sa.BigInteger(), "sqlite"),
                nullable=True,
            ),
        )
        table.add_column(sa.Column("float_field", sa.Double(), nullable=True))
        table.add_column(sa.Column("bool_field", sa.Boolean(), nullable=True))
        table.add_column(sa.Column("date_field", sa.Date(), nullable=True))
        table.add_column(sa.Column("datetime_field", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("uuid_field", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("json_field", sa.JSON(), nullable=True))
        table.add_column(sa.Column("enum_field", sa.String(50), nullable=True))
        table.add_column(sa.Column("gadget_id", sa.Uuid(), nullable=True))
        table.create_unique_constraint(
            "uq_widgets_text_field",
            ["owner_id", "text_field"],
        )
        table.create_unique_constraint(
            "uq_widgets_int_field",
            ["owner_id", "int_field"],
        )
        table.create_unique_constraint(
            "uq_widgets_decimal_field",
            ["owner_id", "decimal_field"],
        )
        table.create_unique_constraint(
            "uq_widgets_date_field",
            ["owner_id", "date_field"],
        )
        table.create_unique_constraint(
            "uq_widgets_datetime_field",
            ["owner_id", "datetime_field"],
        )
        table.create_unique_constraint(
            "uq_widgets_uuid_field",
            ["owner_id", "uuid_field"],
        )
        table.create_check_constraint(
            "enum_field",
            sa.column("enum_field").in_(ENUM_FIELD),
        )
        table.create_unique_constraint(
            "uq_widgets_gadget_id",
            ["owner_id", "gadget_id"],
        )
        table.create_foreign_key(
            "fk_widgets_gadget_id",
            "gadgets",
            ["owner_id", "gadget_id"],
            ["owner_id", "id"],
            ondelete="RESTRICT",
            deferrable=True,
        )
        table.create_index(
            "ix_widgets_bool_field_id",
            ["owner_id", "bool_field", "id"],
        )
        table.create_index(
            "ix_widgets_enum_field_id",
            ["owner_id", "enum_field", "id"],
        )
        table.create_index(
            "ix_widgets_gadget_id_id",
            ["owner_id", "gadget_id", "id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("widgets") as table:
        table.drop_index(
            "ix_widgets_bool_field_id",
        )
        table.drop_index(
            "ix_widgets_enum_field_id",
        )
        table.drop_index(
            "ix_widgets_gadget_id_id",
        )
        table.drop_constraint(
            op.f("fk_widgets_gadget_id"),
            type_="foreignkey",
        )
        table.drop_constraint(
            op.f("ck_widgets_enum_field"),
            type_="check",
        )
        table.drop_constraint(
            op.f("uq_widgets_text_field"),
            type_="unique",
        )
        table.drop_constraint(
            op.f("uq_widgets_int_field"),
            type_="unique",
        )
        table.drop_constraint(
            op.f("uq_widgets_decimal_field"),
            type_="unique",
        )
        table.drop_constraint(
            op.f("uq_widgets_date_field"),
            type_="unique",
        )
        table.drop_constraint(
            op.f("uq_widgets_datetime_field"),
            type_="unique",
        )
        table.drop_constraint(
            op.f("uq_widgets_uuid_field"),
            type_="unique",
        )
        table.drop_constraint(
            op.f("uq_widgets_gadget_id"),
            type_="unique",
        )
        table.drop_column("text_field")
        table.drop_column("longtext_field")
        table.drop_column("int_field")
        table.drop_column("decimal_field")
        table.drop_column("float_field")
        table.drop_column("bool_field")
        table.drop_column("date_field")
        table.drop_column("datetime_field")
        table.drop_column("uuid_field")
        table.drop_column("json_field")
        table.drop_column("enum_field")
        table.drop_column("gadget_id")
