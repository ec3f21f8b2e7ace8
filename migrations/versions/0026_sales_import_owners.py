"""sales: an import of leads knows who could own them, and which of its columns nothing was made of"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026_import_owners"
down_revision = "0025_switches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, empty in (("people", "'{}'"), ("left_out", "'[]'")):
        op.add_column(
            "lead_import",
            sa.Column(name, JSONB(), server_default=sa.text(empty), nullable=False),
            schema="sales",
        )


def downgrade() -> None:
    for name in ("left_out", "people"):
        op.drop_column("lead_import", name, schema="sales")
