"""profile: the columns that a person chose for a list"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040_columns"
down_revision = "0039_receipt_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = sa.Column(
        "columns", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
    )
    op.add_column("preference", columns, schema="profile")


def downgrade() -> None:
    op.drop_column("preference", "columns", schema="profile")
