"""inventory: a receipt can be corrected or voided; a line that was never there has no cases left"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039_receipt_corrections"
down_revision = "0038_client_number"
branch_labels = None
depends_on = None

# Not validated, which would read every row under a lock: the tighter rule has held for all of them.
LOOSER = """ALTER TABLE inventory.receipt_line
ADD CONSTRAINT ck_receipt_line_not_negative CHECK (quantity >= 0) NOT VALID"""
DROP_TIGHTER = """-- squawk-ignore ban-drop-constraint
ALTER TABLE inventory.receipt_line DROP CONSTRAINT ck_receipt_line_quantity"""


def upgrade() -> None:
    op.add_column(
        "receipt",
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        schema="inventory",
    )
    op.add_column(
        "receipt",
        sa.Column("voided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        schema="inventory",
    )
    op.execute(LOOSER)
    op.execute(DROP_TIGHTER)


def downgrade() -> None:
    op.create_check_constraint(
        op.f("ck_receipt_line_quantity"), "receipt_line", "quantity >= 1", schema="inventory"
    )
    op.execute("ALTER TABLE inventory.receipt_line DROP CONSTRAINT ck_receipt_line_not_negative")
    for name in ("voided_at", "version"):
        op.drop_column("receipt", name, schema="inventory")
