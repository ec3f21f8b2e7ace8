"""notifications: what was asked of people and is not settled yet; whom a notice names"""

import sqlalchemy as sa
from alembic import op

revision = "0008_notifications"
down_revision = "0007_all"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_request")),
        schema="notifications",
    )
    op.create_index(
        "ix_request_subject", "request", ["subject_type", "subject_key"], schema="notifications"
    )
    op.add_column(
        "notification",
        sa.Column("mentions", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="notifications",
    )


def downgrade() -> None:
    op.drop_column("notification", "mentions", schema="notifications")
    op.drop_table("request", schema="notifications")
