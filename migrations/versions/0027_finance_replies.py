"""finance: an expense that was sent back with a question carries the owner's reply"""

import sqlalchemy as sa
from alembic import op

revision = "0027_replies"
down_revision = "0026_import_owners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "expense",
        sa.Column("reply", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="finance",
    )


def downgrade() -> None:
    op.drop_column("expense", "reply", schema="finance")
