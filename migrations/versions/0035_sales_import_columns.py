"""sales: an import of leads keeps what each column of its file is for"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035_import_columns"
down_revision = "0034_receipts_listed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lead_import",
        sa.Column("columns", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="sales",
    )


def downgrade() -> None:
    op.drop_column("lead_import", "columns", schema="sales")
