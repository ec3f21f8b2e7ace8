"""notifications: WUPHFs to groups, whom each goes to, who acknowledged it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015_notifications"
down_revision = "0014_profile"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE notifications.broadcast_number START 1001")
    op.create_table(
        "broadcast",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_broadcast")),
        schema="notifications",
    )
    op.create_index("ix_broadcast_sender", "broadcast", ["sender", "at"], schema="notifications")
    op.create_table(
        "broadcast_recipient",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["number"],
            ["notifications.broadcast.number"],
            name=op.f("fk_broadcast_recipient_number"),
        ),
        sa.PrimaryKeyConstraint("number", "uid", name=op.f("pk_broadcast_recipient")),
        schema="notifications",
    )


def downgrade() -> None:
    op.drop_table("broadcast_recipient", schema="notifications")
    op.drop_table("broadcast", schema="notifications")
    op.execute("DROP SEQUENCE notifications.broadcast_number")
