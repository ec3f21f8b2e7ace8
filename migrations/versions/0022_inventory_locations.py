"""inventory: locations, what lies at each, from where parcels are picked

What was booked before has no location and counts as lying at its product's home: no row is changed.
So the new constraints need no proof of the rows that are there: they have no location, and the old
check held their kinds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_locations"
down_revision = "0021_asked"
branch_labels = None
depends_on = None

KINDS = "kind IN ('receipt', 'reservation', 'release', 'shipment', 'adjustment'{})"
# Rows that the old check let in the new one lets in, too; and the new one stands before the old one goes.
DROP_OLD_KINDS = """-- squawk-ignore ban-drop-constraint
ALTER TABLE inventory.ledger DROP CONSTRAINT ck_ledger_kind"""
HELD = ("ledger", "stock_take_line")


def column(name: str, type_: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE inventory.transfer_number START 501")
    op.create_table(
        "location",
        column("code", sa.Text()),
        column("name", sa.Text()),
        column("active", sa.Boolean()),
        column("version", sa.Integer()),
        sa.CheckConstraint("code <> ''", name=op.f("ck_location_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_location")),
        schema="inventory",
    )
    op.create_table(
        "stock_at_location",
        column("sku", sa.Text()),
        column("location", sa.Text()),
        column("on_hand", sa.Integer()),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_at_location_on_hand")),
        sa.ForeignKeyConstraint(
            ["sku"], ["inventory.product.sku"], name=op.f("fk_stock_at_location_sku")
        ),
        sa.ForeignKeyConstraint(
            ["location"], ["inventory.location.code"], name=op.f("fk_stock_at_location_location")
        ),
        sa.PrimaryKeyConstraint("sku", "location", name=op.f("pk_stock_at_location")),
        schema="inventory",
    )
    op.create_index(
        "ix_stock_at_location_location", "stock_at_location", ["location"], schema="inventory"
    )
    picks()
    for table in HELD:
        op.add_column(table, sa.Column("location", sa.Text(), nullable=True), schema="inventory")
        op.create_foreign_key(
            op.f(f"fk_{table}_location"),
            table,
            "location",
            ["location"],
            ["code"],
            source_schema="inventory",
            referent_schema="inventory",
            postgresql_not_valid=True,
        )
    op.create_check_constraint(
        op.f("ck_ledger_known_kind"),
        "ledger",
        KINDS.format(", 'transfer'"),
        schema="inventory",
        postgresql_not_valid=True,
    )
    op.execute(DROP_OLD_KINDS)


def picks() -> None:
    op.create_table(
        "shipment_pick",
        column("shipment_number", sa.Text()),
        column("line", sa.Integer()),
        column("location", sa.Text()),
        column("sku", sa.Text()),
        column("quantity", sa.Integer()),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_shipment_pick_quantity")),
        sa.ForeignKeyConstraint(
            ["shipment_number", "line"],
            ["inventory.shipment_line.shipment_number", "inventory.shipment_line.line"],
            name=op.f("fk_shipment_pick_shipment_number_line"),
        ),
        sa.ForeignKeyConstraint(
            ["location"], ["inventory.location.code"], name=op.f("fk_shipment_pick_location")
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["inventory.product.sku"], name=op.f("fk_shipment_pick_sku")
        ),
        sa.PrimaryKeyConstraint(
            "shipment_number", "line", "location", name=op.f("pk_shipment_pick")
        ),
        schema="inventory",
    )
    op.create_index("ix_shipment_pick_sku", "shipment_pick", ["sku"], schema="inventory")


def downgrade() -> None:
    op.execute(
        "UPDATE inventory.ledger SET kind = 'adjustment', reason = 'Transfer at ' || coalesce(location, 'home')"
        " || ' ' || reason WHERE kind = 'transfer'"
    )  # pairs: the sum stays
    op.drop_constraint(op.f("ck_ledger_known_kind"), "ledger", schema="inventory")
    op.create_check_constraint(
        op.f("ck_ledger_kind"), "ledger", KINDS.format(""), schema="inventory"
    )
    for table in HELD:
        op.drop_column(table, "location", schema="inventory")
    for table in ("shipment_pick", "stock_at_location", "location"):
        op.drop_table(table, schema="inventory")
    op.execute("DROP SEQUENCE inventory.transfer_number")
