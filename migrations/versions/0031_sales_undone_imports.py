"""sales: an import of leads can be undone as a whole"""

import sqlalchemy as sa
from alembic import op

revision = "0031_undone_imports"
down_revision = "0030_orders_asked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lead_import",
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        schema="sales",
    )


def downgrade() -> None:
    op.drop_column("lead_import", "undone_at", schema="sales")
