"""inventory: receipts are listed by time, searched, and shown with their ledger entries"""

from alembic import op

revision = "0034_receipts_listed"
down_revision = "0033_receipts"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_receipt_received": "inventory.receipt (received_at, number)",
    "ix_receipt_search_trgm": "inventory.receipt USING gin (search_text public.gin_trgm_ops)",
    "ix_ledger_receipt": "inventory.ledger (reference) WHERE kind = 'receipt'",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, place in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {place}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS inventory.{name}")
