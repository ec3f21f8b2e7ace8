"""profile: saved views of lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_profile"
down_revision = "0016_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views = sa.Column(
        "views", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
    )
    op.add_column("preference", views, schema="profile")


def downgrade() -> None:
    op.drop_column("preference", "views", schema="profile")
