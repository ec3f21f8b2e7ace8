"""notifications: what is archived, snoozed, pinned; how an action is taken back; feed entries that
are older than kept
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_notifications"
down_revision = "0012_finance"
branch_labels = None
depends_on = None

KINDS = (
    "arrival",
    "seen",
    "read",
    "unread",
    "withdrawal",
    "archive",
    "unarchive",
    "snooze",
    "wake",
    "pin",
    "unpin",
    "undo",
    "purge",
)
BEFORE = ("arrival", "seen", "read", "unread", "withdrawal")
MOMENTS = ("archived_at", "snoozed_until", "pinned_at", "woken_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column(
            "notification",
            sa.Column(name, sa.DateTime(timezone=True), nullable=True),
            schema="notifications",
        )
    op.create_index(
        "ix_notification_snoozed",
        "notification",
        ["snoozed_until"],
        schema="notifications",
        postgresql_where=sa.text("snoozed_until IS NOT NULL"),
    )
    op.create_index(
        "ix_notification_old",
        "notification",
        ["at"],
        schema="notifications",
        postgresql_where=sa.text("pinned_at IS NULL AND snoozed_until IS NULL"),
    )
    op.create_table(
        "undo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo")),
        schema="notifications",
    )
    op.create_index("ix_undo_at", "undo", ["at"], schema="notifications")
    _allow(KINDS)
    # The application may not change the feed. What it may: let go of entries that nobody can resume from any more.
    op.execute("""
        CREATE FUNCTION notifications.purge_feed(before timestamptz, most integer) RETURNS integer
        LANGUAGE sql SECURITY DEFINER SET search_path = notifications, pg_temp AS $$
            WITH old AS (
                SELECT recipient, n FROM feed WHERE at < least(before, now() - interval '7 days') LIMIT most
            ), gone AS (
                DELETE FROM feed USING old WHERE feed.recipient = old.recipient AND feed.n = old.n RETURNING 1
            ) SELECT count(*)::integer FROM gone
        $$""")
    op.execute("REVOKE ALL ON FUNCTION notifications.purge_feed(timestamptz, integer) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION notifications.purge_feed(timestamptz, integer) TO dm_notifications"
    )
    op.create_index("ix_feed_at", "feed", ["at"], schema="notifications")


def downgrade() -> None:
    op.drop_index("ix_feed_at", "feed", schema="notifications")
    op.execute("DROP FUNCTION notifications.purge_feed(timestamptz, integer)")
    _allow(BEFORE)
    op.drop_table("undo", schema="notifications")
    op.drop_index("ix_notification_old", "notification", schema="notifications")
    op.drop_index("ix_notification_snoozed", "notification", schema="notifications")
    for name in MOMENTS:
        op.drop_column("notification", name, schema="notifications")


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint("ck_feed_kind", "feed", schema="notifications")
    op.create_check_constraint("ck_feed_kind", "feed", f"kind IN {kinds}", schema="notifications")
