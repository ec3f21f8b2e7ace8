"""inventory: the client of an order, which its shipments link to; of what came before the journal tells"""

import sqlalchemy as sa
from alembic import op

revision = "0038_client_number"
down_revision = "0037_several_locations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("demand", sa.Column("client_number", sa.Text()), schema="inventory")


def downgrade() -> None:
    op.drop_column("demand", "client_number", schema="inventory")
