"""notifications: mails, each claimed by one sender and never sent twice"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018_notifications"
down_revision = "0017_profile"
branch_labels = None
depends_on = None

STATES = ("waiting", "sending", "sent", "skipped", "failed", "unknown")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("notification_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_mail_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        schema="notifications",
    )
    op.create_index(
        "ix_mail_due",
        "mail",
        ["due_at"],
        schema="notifications",
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_index("ix_mail_recipient", "mail", ["recipient", "up_to"], schema="notifications")


def downgrade() -> None:
    op.drop_table("mail", schema="notifications")
