"""orders: discount with its approval, likely duplicates, drafts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_orders"
down_revision = "0015_notifications"
branch_labels = None
depends_on = None

TEXTS = ("note", "decided_by", "decided_note", "duplicate_of")
STATUSES = (
    "placed",
    "reserved",
    "back_ordered",
    "partly_shipped",
    "shipped",
    "delivered",
    "cancelling",
    "cancelled",
)


def upgrade() -> None:
    add("discount_percent", sa.Numeric(5, 2), "0")
    for name in TEXTS:
        add(name, sa.Text(), "")
    add("approval", sa.Text(), "none")
    add("approval_reasons", postgresql.JSONB(), "[]")
    op.add_column("order", sa.Column("approval_event", sa.UUID(), nullable=True), schema="orders")
    check("approval", "approval IN ('none', 'asked', 'given', 'refused')")
    check("discount_percent", "discount_percent BETWEEN 0 AND 100")
    restate(("awaiting_approval", "sent_back", *STATUSES))
    op.create_index(
        "ix_order_client_placed", "order", ["client_number", "placed_at", "number"], schema="orders"
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("typed", postgresql.JSONB(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        schema="orders",
    )
    op.create_index("ix_draft_owner_saved", "draft", ["owner", "saved_at"], schema="orders")


def add(name: str, type_: sa.types.TypeEngine, default: str) -> None:
    """A column that what is there already gets a value for."""
    op.add_column(
        "order", sa.Column(name, type_, nullable=False, server_default=default), schema="orders"
    )
    op.alter_column("order", name, server_default=None, schema="orders")


def check(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_order_{name}"), "order", condition, schema="orders")


def restate(statuses: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_order_status"), "order", schema="orders")
    check("status", f"status IN ({', '.join(repr(name) for name in statuses)})")


def downgrade() -> None:
    op.drop_table("draft", schema="orders")
    op.drop_index("ix_order_client_placed", "order", schema="orders")
    restate(STATUSES)
    for name in ("approval_event", "approval_reasons", "approval", *TEXTS, "discount_percent"):
        op.drop_column("order", name, schema="orders")
