"""orders: an order that waits for approval carries who was asked"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030_orders_asked"
down_revision = "0029_steps_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "order",
        sa.Column("asked", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        schema="orders",
    )


def downgrade() -> None:
    op.drop_column("order", "asked", schema="orders")
