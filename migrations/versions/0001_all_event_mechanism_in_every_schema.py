"""event mechanism in every schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_all"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")
OPEN = sa.text("settled_at IS NULL")
UNPUBLISHED = sa.text("published_at IS NULL")


def text(name, nullable=False):
    return sa.Column(name, sa.Text(), nullable=nullable)


def big(name, nullable=False):
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def moment(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def identity(name):
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def place():
    return sa.Column("partition", sa.Integer()), big("offset", nullable=True)


def position():
    return text("topic"), text("key"), big("sequence")


def envelope(nullable=False):
    return (
        sa.Column("event_id", sa.UUID(), nullable=nullable),
        text("type", nullable),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
    )


def json(name):
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def upgrade() -> None:
    for schema in SCHEMAS:
        publishing(schema)
        listening(schema)
        accounting(schema)


def publishing(schema: str) -> None:
    def table(name, *columns):
        op.create_table(name, *columns, schema=schema)

    table(
        "outbox",
        identity("id"),
        *position(),
        *envelope(),
        text("correlation_id"),
        moment("created_at"),
        moment("published_at", nullable=True),
        *place(),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
        sa.UniqueConstraint("topic", "key", "sequence", name="uq_outbox_topic_key_sequence"),
    )
    op.create_index(
        "ix_outbox_unpublished", "outbox", ["id"], schema=schema, postgresql_where=UNPUBLISHED
    )
    op.create_index("ix_outbox_correlation_id", "outbox", ["correlation_id"], schema=schema)
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], schema=schema)
    table("outbox_key", *position(), sa.PrimaryKeyConstraint("topic", "key", name="pk_outbox_key"))
    table(
        "published_position",
        text("topic"),
        sa.Column("partition", sa.Integer(), nullable=False),
        big("offset"),
        sa.PrimaryKeyConstraint("topic", "partition", name="pk_published_position"),
    )


def listening(schema: str) -> None:
    def table(name, *columns):
        op.create_table(name, *columns, schema=schema)

    table(
        "last_sequence",
        *position(),
        sa.PrimaryKeyConstraint("topic", "key", name="pk_last_sequence"),
    )
    table(
        "held_event",
        *position(),
        *envelope(),
        *place(),
        moment("held_at"),
        moment("alarmed_at", nullable=True),
        sa.PrimaryKeyConstraint("topic", "key", "sequence", name="pk_held_event"),
    )
    table(
        "dead_letter",
        identity("id"),
        text("topic"),
        text("key", nullable=True),
        big("sequence", nullable=True),
        *envelope(nullable=True),
        *place(),
        text("sqlstate", nullable=True),
        text("cause"),
        text("correlation_id", nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        moment("died_at"),
        moment("settled_at", nullable=True),
        text("settled_by", nullable=True),
        text("settled_how", nullable=True),
        text("reason", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letter"),
    )
    op.create_index(
        "uq_dead_letter_open",
        "dead_letter",
        ["topic", "key", "sequence"],
        unique=True,
        schema=schema,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_dead_letter_place", "dead_letter", ["topic", "partition", "offset"], schema=schema
    )
    table(
        "journal",
        *position(),
        *envelope(),
        *place(),
        text("correlation_id"),
        moment("occurred_at"),
        moment("applied_at"),
        identity("n"),
        sa.PrimaryKeyConstraint("topic", "key", "sequence", name="pk_journal"),
        sa.UniqueConstraint("event_id", name="uq_journal_event_id"),
        sa.UniqueConstraint("n", name="uq_journal_n"),
    )
    op.create_index("ix_journal_correlation_id", "journal", ["correlation_id"], schema=schema)


def accounting(schema: str) -> None:
    def table(name, *columns):
        op.create_table(name, *columns, schema=schema)

    table(
        "idempotency_key",
        text("key"),
        text("actor"),
        text("command"),
        text("request_hash"),
        json("answer"),
        moment("created_at"),
        sa.PrimaryKeyConstraint("key", "actor", name="pk_idempotency_key"),
    )
    op.create_index(
        "ix_idempotency_key_created_at", "idempotency_key", ["created_at"], schema=schema
    )
    table(
        "history",
        identity("id"),
        text("record"),
        text("key"),
        moment("at"),
        text("actor"),
        text("what"),
        json("changes"),
        text("correlation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    op.create_index("ix_history_record_key", "history", ["record", "key", "id"], schema=schema)


def downgrade() -> None:
    for schema in SCHEMAS:
        for table in (
            "history",
            "idempotency_key",
            "journal",
            "dead_letter",
            "held_event",
            "last_sequence",
            "published_position",
            "outbox_key",
            "outbox",
        ):
            op.drop_table(table, schema=schema)
