"""sales: a lead keeps for which day its owner was told that the next step is due"""

import sqlalchemy as sa
from alembic import op

revision = "0029_steps_told"
down_revision = "0028_voided_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("told_due_on", sa.Date(), nullable=True), schema="sales")


def downgrade() -> None:
    op.drop_column("lead", "told_due_on", schema="sales")
