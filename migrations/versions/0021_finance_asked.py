"""Finance: whom an expense's request was last put to, so that it moves when somebody goes away or comes back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0021_asked"
down_revision = "0020_size"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("expense", sa.Column("asked", ARRAY(sa.Text)), schema="finance")


def downgrade() -> None:
    op.drop_column("expense", "asked", schema="finance")
