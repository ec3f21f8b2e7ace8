"""notifications: webhooks and their deliveries"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041_webhooks"
down_revision = "0040_columns"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("secret_version", sa.Integer(), nullable=False),
        sa.Column("secret_rolled_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("resumes_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("disabled_by", sa.Text(), nullable=True),
        sa.Column("disabled_why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("cardinality(types) > 0", name=op.f("ck_webhook_types")),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_by IS NULL)",
            name=op.f("ck_webhook_disabled_by_somebody"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        schema="notifications",
    )
    op.create_index(op.f("ix_webhook_owner"), "webhook", ["owner"], schema="notifications")
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("tries", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_state")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)", name=op.f("ck_webhook_delivery_settled")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["notifications.webhook.id"],
            name=op.f("fk_webhook_delivery_webhook_id"),
            ondelete="CASCADE",
        ),
        schema="notifications",
    )
    waiting = sa.text("state = 'waiting'")
    for name, columns, options in (
        ("event", ["webhook_id", "event_id"], {"unique": True}),
        ("listed", ["webhook_id", "id"], {}),
        ("due", ["due_at"], {"postgresql_where": waiting}),
        ("key", ["webhook_id", "topic", "key", "sequence"], {"postgresql_where": waiting}),
        ("settled", ["settled_at"], {}),
    ):
        op.create_index(
            f"ix_webhook_delivery_{name}",
            "webhook_delivery",
            columns,
            schema="notifications",
            **options,
        )


def downgrade() -> None:
    op.drop_table("webhook_delivery", schema="notifications")
    op.drop_table("webhook", schema="notifications")
