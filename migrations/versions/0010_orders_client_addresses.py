"""orders: further addresses of a client, as sales tells them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_orders"
down_revision = "0009_sales"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "client",
        sa.Column("addresses", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        schema="orders",
    )


def downgrade() -> None:
    op.drop_column("client", "addresses", schema="orders")
