"""finance: a reimbursement run can be voided until its file for payroll was taken"""

import sqlalchemy as sa
from alembic import op

revision = "0028_voided_runs"
down_revision = "0027_replies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("exported_at", "voided_at"):
        op.add_column(
            "run", sa.Column(name, sa.DateTime(timezone=True), nullable=True), schema="finance"
        )
    # The files of the runs that exist may have been taken already, so these are not voidable.
    op.add_column(
        "run",
        sa.Column("voidable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="finance",
    )


def downgrade() -> None:
    for name in ("voidable", "voided_at", "exported_at"):
        op.drop_column("run", name, schema="finance")
