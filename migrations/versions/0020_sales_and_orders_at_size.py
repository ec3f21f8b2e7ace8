"""sales, orders: indexes that answer counts and sums alone, so that lists and the board stay quick at size"""

from alembic import op
from sqlalchemy import text

revision = "0020_size"
down_revision = "0019_trade"
branch_labels = None
depends_on = None

KEPT = "merged_into IS NULL"


def upgrade() -> None:
    for name, columns in (
        ("stage", ["stage", "next_on", "number"]),
        ("owner", ["owner", "stage", "next_on"]),
    ):
        again(f"ix_lead_{name}", "lead", columns, "sales", ["expected_value"])
    op.create_index(
        "ix_lead_closed",
        "lead",
        ["stage", "closed_at"],
        schema="sales",
        postgresql_include=["expected_value", "lost_reason"],
        postgresql_where=text(KEPT),
    )
    for name, columns in (
        ("status_placed", ["status", "placed_at", "number"]),
        ("client", ["client_number", "status"]),
        ("owner_placed", ["owner", "placed_at", "number"]),
    ):
        again(f"ix_order_{name}", "order", columns, "orders", ["total"])
    op.create_index(
        "ix_order_number_prefix",
        "order",
        ["number"],
        schema="orders",
        postgresql_ops={"number": "text_pattern_ops"},
    )
    op.create_index(
        "ix_order_owner_status",
        "order",
        ["owner", "status", "placed_at", "number"],
        schema="orders",
        postgresql_include=["total"],
    )


def again(name: str, table: str, columns: list[str], schema: str, include: list[str]) -> None:
    """The index anew, with columns that it only carries."""
    op.drop_index(name, table_name=table, schema=schema)
    where = text(KEPT) if schema == "sales" else None
    op.create_index(
        name, table, columns, schema=schema, postgresql_include=include, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_index("ix_order_number_prefix", table_name="order", schema="orders")
    op.drop_index("ix_order_owner_status", table_name="order", schema="orders")
    for name, columns in (
        ("status_placed", ["status", "placed_at", "number"]),
        ("client", ["client_number", "status"]),
        ("owner_placed", ["owner", "placed_at", "number"]),
    ):
        again(f"ix_order_{name}", "order", columns, "orders", [])
    op.drop_index("ix_lead_closed", table_name="lead", schema="sales")
    for name, columns in (
        ("stage", ["stage", "next_on", "number"]),
        ("owner", ["owner", "stage", "next_on"]),
    ):
        again(f"ix_lead_{name}", "lead", columns, "sales", [])
