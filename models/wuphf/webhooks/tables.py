"""Tables of webhooks: who wants which events where, and each delivery until it is old."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.shared.database.rows import JsonObject
from models.shared.database.tables import Moment, one_of
from models.wuphf.tables import Base

STATES = ("waiting", "delivered", "failed")


class Webhook(Base):
    """An address that gets the events of `types`, for a program of its owner's.

    The signing secret is derived from the webhook's id and `secret_version`, so no table holds it;
    for a day after `secret_rolled_at` the previous one signs, too. `failures` counts the failed
    attempts since the last success; until `resumes_at` nothing is sent.
    """

    __tablename__ = "webhook"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)
    secret_version: Mapped[int] = mapped_column(Integer)
    secret_rolled_at: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(Integer)
    failing_since: Mapped[datetime | None] = mapped_column(Moment)
    resumes_at: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    disabled_by: Mapped[str | None] = mapped_column(Text)
    disabled_why: Mapped[str] = mapped_column(Text, server_default="")
    __table_args__ = (
        CheckConstraint("cardinality(types) > 0", name="types"),
        CheckConstraint(
            "(disabled_at IS NULL) = (disabled_by IS NULL)", name="disabled_by_somebody"
        ),
    )


class WebhookDelivery(Base):
    """One event for one webhook. `body` is what is sent, `tries` what became of each attempt.

    Of a webhook's deliveries with the same topic and key, only the first that waits is sent.
    """

    __tablename__ = "webhook_delivery"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes]
    queued_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    tries: Mapped[list[JsonObject]] = mapped_column(JSONB)
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled"),
        Index("ix_webhook_delivery_event", "webhook_id", "event_id", unique=True),
        Index("ix_webhook_delivery_listed", "webhook_id", "id"),
        Index("ix_webhook_delivery_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_webhook_delivery_key",
            "webhook_id",
            "topic",
            "key",
            "sequence",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_delivery_settled", "settled_at"),
    )
