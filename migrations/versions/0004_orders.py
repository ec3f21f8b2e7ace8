"""orders: orders, lines, clients as known from events, timeline"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_orders"
down_revision = "0003_inventory"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE orders.order_number START 100001")
    op.create_table(
        "client",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_mail", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("payment_terms_days", sa.Integer(), nullable=False),
        sa.Column("credit_limit", sa.Numeric(14, 2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_client")),
        schema="orders",
    )
    op.create_index(
        "ix_client_name_trgm",
        "client",
        ["name"],
        schema="orders",
        postgresql_using="gin",
        postgresql_ops={"name": "public.gin_trgm_ops"},
    )
    op.create_table(
        "timeline",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("order_number", "topic", "sequence", name=op.f("pk_timeline")),
        schema="orders",
    )
    op.create_table(
        "timeline_rebuild",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(
            "order_number", "topic", "sequence", name=op.f("pk_timeline_rebuild")
        ),
        schema="orders",
    )
    op.create_table(
        "order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("client_number", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("purchase_order", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(14, 2), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cancellation", sa.Text(), nullable=False),
        sa.Column("cancellation_by", sa.Text(), nullable=False),
        sa.Column("cancellation_reason", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "cancellation IN ('none', 'asked', 'done')", name=op.f("ck_order_cancellation")
        ),
        sa.CheckConstraint(
            "status IN ('placed', 'reserved', 'back_ordered', 'partly_shipped', 'shipped', 'delivered', "
            "'cancelling', 'cancelled')",
            name=op.f("ck_order_status"),
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_order_total")),
        sa.ForeignKeyConstraint(
            ["client_number"],
            ["orders.client.number"],
            name=op.f("fk_order_client_number"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_order")),
        schema="orders",
    )
    op.create_index("ix_order_client", "order", ["client_number", "status"], schema="orders")
    op.create_index(
        "ix_order_owner_placed", "order", ["owner", "placed_at", "number"], schema="orders"
    )
    op.create_index("ix_order_placed", "order", ["placed_at", "number"], schema="orders")
    op.create_index(
        "ix_order_search_trgm",
        "order",
        ["search_text"],
        schema="orders",
        postgresql_using="gin",
        postgresql_ops={"search_text": "public.gin_trgm_ops"},
    )
    op.create_index(
        "ix_order_status_placed", "order", ["status", "placed_at", "number"], schema="orders"
    )
    op.create_index("ix_order_total", "order", ["total", "number"], schema="orders")
    op.create_table(
        "order_line",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.Numeric(12, 2), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.CheckConstraint("delivered <= shipped", name=op.f("ck_order_line_delivered")),
        sa.CheckConstraint("ordered BETWEEN 1 AND 100000", name=op.f("ck_order_line_ordered")),
        sa.CheckConstraint(
            "reserved + short + shipped <= ordered",
            name=op.f("ck_order_line_not_above_ordered"),
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND short >= 0 AND shipped >= 0 AND delivered >= 0",
            name=op.f("ck_order_line_not_negative"),
        ),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_order_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["orders.order.number"],
            name=op.f("fk_order_line_order_number"),
        ),
        sa.PrimaryKeyConstraint("order_number", "line", name=op.f("pk_order_line")),
        schema="orders",
    )


def downgrade() -> None:
    for table in ("timeline_rebuild", "timeline", "order_line", "order", "client"):
        op.drop_table(table, schema="orders")
    op.execute("DROP SEQUENCE orders.order_number")
