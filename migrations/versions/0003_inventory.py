"""inventory: products, stock with its ledger, demand, shipments, receipts"""

import sqlalchemy as sa
from alembic import op

revision = "0003_inventory"
down_revision = "0002_sales"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE inventory.shipment_number START 20001")
    op.execute("CREATE SEQUENCE inventory.receipt_number START 3001")
    op.create_table(
        "demand",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("order_number", name=op.f("pk_demand")),
        schema="inventory",
    )
    op.create_table(
        "product",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("reorder_point", sa.Integer(), nullable=False),
        sa.Column("reorder_quantity", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reorder_point >= 0 AND reorder_quantity >= 0", name=op.f("ck_product_reorder")
        ),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_product_unit_price")),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_product")),
        schema="inventory",
    )
    op.create_index(
        "ix_product_name_sku", "product", ["name", "sku"], unique=False, schema="inventory"
    )
    op.create_index(
        "ix_product_name_trgm",
        "product",
        ["search_text"],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.create_index(
        "ix_product_price_sku", "product", ["unit_price", "sku"], unique=False, schema="inventory"
    )
    op.create_table(
        "demand_line",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ordered >= 1", name=op.f("ck_demand_line_ordered")),
        sa.CheckConstraint(
            "shipped >= 0 AND shipped <= allocated AND allocated <= ordered",
            name=op.f("ck_demand_line_figures"),
        ),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["inventory.demand.order_number"],
            name=op.f("fk_demand_line_order_number"),
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["inventory.product.sku"], name=op.f("fk_demand_line_sku")
        ),
        sa.PrimaryKeyConstraint("order_number", "line", name=op.f("pk_demand_line")),
        schema="inventory",
    )
    op.create_index(
        "ix_demand_line_waiting",
        "demand_line",
        ["sku", "placed_at", "order_number"],
        unique=False,
        schema="inventory",
        postgresql_where=sa.text("allocated < ordered"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delta_on_hand", sa.Integer(), nullable=False),
        sa.Column("delta_reserved", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'adjustment' OR reason <> ''", name=op.f("ck_ledger_adjustment_has_a_reason")
        ),
        sa.CheckConstraint(
            "kind IN ('receipt', 'reservation', 'release', 'shipment', 'adjustment')",
            name=op.f("ck_ledger_kind"),
        ),
        sa.CheckConstraint(
            "delta_on_hand <> 0 OR delta_reserved <> 0", name=op.f("ck_ledger_moves_something")
        ),
        sa.ForeignKeyConstraint(["sku"], ["inventory.product.sku"], name=op.f("fk_ledger_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        schema="inventory",
    )
    op.create_index("ix_ledger_sku_id", "ledger", ["sku", "id"], unique=False, schema="inventory")
    op.create_table(
        "receipt",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_receipt_quantity")),
        sa.ForeignKeyConstraint(["sku"], ["inventory.product.sku"], name=op.f("fk_receipt_sku")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_receipt")),
        schema="inventory",
    )
    op.create_index(op.f("ix_receipt_sku"), "receipt", ["sku"], unique=False, schema="inventory")
    op.create_table(
        "shipment",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("picked_by", sa.Text(), nullable=False),
        sa.Column("packed_by", sa.Text(), nullable=False),
        sa.Column("dispatched_by", sa.Text(), nullable=False),
        sa.Column("delivered_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("picked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'picked', 'packed', 'dispatched', 'delivered', 'called_off')",
            name=op.f("ck_shipment_status"),
        ),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["inventory.demand.order_number"],
            name=op.f("fk_shipment_order_number"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_shipment")),
        schema="inventory",
    )
    op.create_index(
        "ix_shipment_created",
        "shipment",
        ["created_at", "number"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_shipment_order_number", "shipment", ["order_number"], unique=False, schema="inventory"
    )
    op.create_index(
        "ix_shipment_search_trgm",
        "shipment",
        ["search_text"],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.create_index(
        "ix_shipment_status_created",
        "shipment",
        ["status", "created_at", "number"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "stock",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_on_hand")),
        sa.CheckConstraint("reserved <= on_hand", name=op.f("ck_stock_never_oversold")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_reserved")),
        sa.ForeignKeyConstraint(["sku"], ["inventory.product.sku"], name=op.f("fk_stock_sku")),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_stock")),
        schema="inventory",
    )
    op.create_table(
        "shipment_line",
        sa.Column("shipment_number", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_shipment_line_quantity")),
        sa.ForeignKeyConstraint(
            ["shipment_number"],
            ["inventory.shipment.number"],
            name=op.f("fk_shipment_line_shipment_number"),
        ),
        sa.PrimaryKeyConstraint("shipment_number", "line", name=op.f("pk_shipment_line")),
        schema="inventory",
    )
    # The ledger is append-only: PostgreSQL refuses the service's role any other change of it.
    op.execute("REVOKE UPDATE, DELETE ON inventory.ledger FROM dm_inventory")


def downgrade() -> None:
    op.drop_table("shipment_line", schema="inventory")
    op.drop_table("stock", schema="inventory")
    op.drop_index("ix_shipment_status_created", table_name="shipment", schema="inventory")
    op.drop_index(
        "ix_shipment_search_trgm",
        table_name="shipment",
        schema="inventory",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.drop_index("ix_shipment_order_number", table_name="shipment", schema="inventory")
    op.drop_index("ix_shipment_created", table_name="shipment", schema="inventory")
    op.drop_table("shipment", schema="inventory")
    op.drop_index(op.f("ix_receipt_sku"), table_name="receipt", schema="inventory")
    op.drop_table("receipt", schema="inventory")
    op.drop_index("ix_ledger_sku_id", table_name="ledger", schema="inventory")
    op.drop_table("ledger", schema="inventory")
    op.drop_index(
        "ix_demand_line_waiting",
        table_name="demand_line",
        schema="inventory",
        postgresql_where=sa.text("allocated < ordered"),
    )
    op.drop_table("demand_line", schema="inventory")
    op.drop_index("ix_product_price_sku", table_name="product", schema="inventory")
    op.drop_index(
        "ix_product_name_trgm",
        table_name="product",
        schema="inventory",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.drop_index("ix_product_name_sku", table_name="product", schema="inventory")
    op.drop_table("product", schema="inventory")
    op.drop_table("demand", schema="inventory")
    op.execute("DROP SEQUENCE inventory.receipt_number")
    op.execute("DROP SEQUENCE inventory.shipment_number")
