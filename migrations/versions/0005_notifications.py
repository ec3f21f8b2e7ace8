"""notifications: who may be told, what they were told, the feed of each person's bell"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_notifications"
down_revision = "0004_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("source_event", sa.Uuid(), nullable=False),
        sa.Column("recipients", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source_event", name=op.f("pk_decision")),
        schema="notifications",
    )
    op.create_table(
        "feed",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('arrival', 'seen', 'read', 'unread', 'withdrawal')", name=op.f("ck_feed_kind")
        ),
        sa.PrimaryKeyConstraint("recipient", "n", name=op.f("pk_feed")),
        schema="notifications",
    )
    op.create_table(
        "inbox_counter",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "unseen >= 0 AND unread >= unseen", name=op.f("ck_inbox_counter_counts")
        ),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_inbox_counter")),
        schema="notifications",
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source_event", sa.Uuid(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "read_at IS NULL OR seen_at IS NOT NULL", name=op.f("ck_notification_read_is_seen")
        ),
        sa.CheckConstraint("priority IN ('normal', 'high')", name=op.f("ck_notification_priority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        schema="notifications",
    )
    op.create_index(
        "ix_notification_category",
        "notification",
        ["recipient", "category", "n"],
        schema="notifications",
    )
    op.create_index(
        "ix_notification_inbox",
        "notification",
        ["recipient", "n"],
        unique=True,
        schema="notifications",
    )
    op.create_index(
        "ix_notification_subject",
        "notification",
        ["recipient", "subject_type", "subject_key"],
        schema="notifications",
    )
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["recipient", "n"],
        schema="notifications",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "ix_notification_unseen",
        "notification",
        ["recipient", "n"],
        schema="notifications",
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "people_pull",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_people_pull_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_pull")),
        schema="notifications",
    )
    op.create_table(
        "person",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("manager", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_person")),
        schema="notifications",
    )
    op.create_table(
        "tombstone",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_tombstone")),
        schema="notifications",
    )
    op.create_table(
        "group_member",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["uid"],
            ["notifications.person.uid"],
            name=op.f("fk_group_member_uid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group", "uid", name=op.f("pk_group_member")),
        schema="notifications",
    )
    # The feed is what streams resume from: the application adds to it and never changes it.
    op.execute("REVOKE UPDATE, DELETE ON notifications.feed FROM dm_notifications")


def downgrade() -> None:
    op.drop_table("group_member", schema="notifications")
    op.drop_table("tombstone", schema="notifications")
    op.drop_table("person", schema="notifications")
    op.drop_table("people_pull", schema="notifications")
    op.drop_table("notification", schema="notifications")
    op.drop_table("inbox_counter", schema="notifications")
    op.drop_table("feed", schema="notifications")
    op.drop_table("decision", schema="notifications")
