"""inventory: where an order goes, for the packing slip; of what came before the journal tells"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024_deliver_to"
down_revision = "0023_searched"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("demand", sa.Column("deliver_to", JSONB()), schema="inventory")


def downgrade() -> None:
    op.drop_column("demand", "deliver_to", schema="inventory")
