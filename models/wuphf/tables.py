"""Tables of wuphf: people to notify, their notifications, and the feed that drives their bell."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.shared.database.rows import JsonObject
from models.shared.database.tables import Moment, metadata_of

BROADCAST_NUMBER = Sequence("broadcast_number", start=1001, metadata=metadata_of("notifications"))
MAIL_STATES = ("waiting", "sending", "sent", "skipped", "failed", "unknown")
FEED_KINDS = (
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


class Base(DeclarativeBase):
    """What the tables of the schema `notifications` share."""

    metadata = metadata_of("notifications")
    __table__: ClassVar[Table]


class Person(Base):
    """An employee as last pulled from the profile service; a projection."""

    __tablename__ = "person"
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    mail: Mapped[str] = mapped_column(Text)
    department: Mapped[str] = mapped_column(Text)
    manager: Mapped[str | None] = mapped_column(Text)


class GroupMember(Base):
    """Membership in a group of the directory; a projection."""

    __tablename__ = "group_member"
    group: Mapped[str] = mapped_column("group", Text, primary_key=True)
    uid: Mapped[str] = mapped_column(ForeignKey("person.uid", ondelete="CASCADE"), primary_key=True)


class PeoplePull(Base):
    """When the projection of people was last confirmed, and its version; one row."""

    __tablename__ = "people_pull"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, default=1, autoincrement=False)
    etag: Mapped[str] = mapped_column(Text)
    pulled_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class Decision(Base):
    """Whom an event concerned, decided once and fixed.

    Handling the event again notifies nobody twice, and nobody new.
    """

    __tablename__ = "decision"
    source_event: Mapped[UUID] = mapped_column(primary_key=True)
    recipients: Mapped[list[str]] = mapped_column(ARRAY(Text))
    decided_at: Mapped[datetime] = mapped_column(Moment)


class Request(Base):
    """An open request: a notification that asks its recipient to act.

    The event that settles it withdraws the notification from everyone who got it.
    """

    __tablename__ = "request"
    notification_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_request_subject", "subject_type", "subject_key"),)


class Notification(Base):
    """One row of a person's inbox.

    `n` is the feed entry of its arrival, or of its last wake from a snooze. Seen is not read.
    Archived and snoozed rows count as neither unseen nor unread. `bell`, `mail` and `quiet_until`
    are the recipient's preferences when the notification was decided.
    """

    __tablename__ = "notification"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    n: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text)
    parts: Mapped[dict[str, str]] = mapped_column(JSONB)
    actor: Mapped[str] = mapped_column(Text)
    source_event: Mapped[UUID]
    source_type: Mapped[str] = mapped_column(Text)
    correlation_id: Mapped[str] = mapped_column(Text)
    mentions: Mapped[bool] = mapped_column(server_default=text("false"))
    at: Mapped[datetime] = mapped_column(Moment)
    bell: Mapped[bool] = mapped_column(server_default=text("true"))
    mail: Mapped[str] = mapped_column(Text, server_default="off")
    quiet_until: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    archived_at: Mapped[datetime | None] = mapped_column(Moment)
    snoozed_until: Mapped[datetime | None] = mapped_column(Moment)
    pinned_at: Mapped[datetime | None] = mapped_column(Moment)
    woken_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        CheckConstraint("priority IN ('normal', 'high')", name="priority"),
        CheckConstraint("read_at IS NULL OR seen_at IS NOT NULL", name="read_is_seen"),
        Index("ix_notification_inbox", "recipient", "n", unique=True),
        Index("ix_notification_category", "recipient", "category", "n"),
        Index("ix_notification_subject", "recipient", "subject_type", "subject_key"),
        Index("ix_notification_unread", "recipient", "n", postgresql_where=text("read_at IS NULL")),
        Index("ix_notification_unseen", "recipient", "n", postgresql_where=text("seen_at IS NULL")),
        Index(
            "ix_notification_snoozed",
            "snoozed_until",
            postgresql_where=text("snoozed_until IS NOT NULL"),
        ),
        Index(
            "ix_notification_old",
            "at",
            postgresql_where=text("pinned_at IS NULL AND snoozed_until IS NULL"),
        ),
    )


class Undo(Base):
    """What one action changed, row by row, so that it can be undone; kept for a day."""

    __tablename__ = "undo"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[JsonObject]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (Index("ix_undo_at", "at"),)


class Broadcast(Base):
    """A WUPHF to groups.

    `asks`: each recipient is asked to acknowledge it. `done`: all recipients have been notified.
    """

    __tablename__ = "broadcast"
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    sender: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text))
    asks: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)
    done: Mapped[bool]
    __table_args__ = (Index("ix_broadcast_sender", "sender", "at"),)


class BroadcastRecipient(Base):
    """A recipient of a broadcast, fixed when it was sent."""

    __tablename__ = "broadcast_recipient"
    number: Mapped[str] = mapped_column(ForeignKey("broadcast.number"), primary_key=True)
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    told: Mapped[bool]
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)


class Mail(Base):
    """A mail to one person, about one notification, an hour or a day.

    Its id is derived from what it is about, so there are never two of the same. State `unknown`:
    the sending process died, or the server was lost, before the result was known; the mail is not
    sent again, since it may have arrived. `up_to` is the newest feed entry in it. `category` is empty for a daily mail
    and `hourly` for an hourly one.
    """

    __tablename__ = "mail"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    notification_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    up_to: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint(f"state IN {MAIL_STATES}", name="state"),
        Index("ix_mail_due", "due_at", postgresql_where=text("state IN ('waiting', 'sending')")),
        Index("ix_mail_recipient", "recipient", "up_to"),
    )


class Tombstone(Base):
    """A withdrawn notification; it stays, so that a late arrival does not appear in the inbox."""

    __tablename__ = "tombstone"
    notification_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime] = mapped_column(Moment)


class InboxCounter(Base):
    """One row per person: their last feed entry and the counts as of it.

    This row is the lock under which `n` is assigned.
    """

    __tablename__ = "inbox_counter"
    recipient: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    unseen: Mapped[int] = mapped_column(Integer)
    unread: Mapped[int] = mapped_column(Integer)
    __table_args__ = (CheckConstraint("unseen >= 0 AND unread >= unseen", name="counts"),)


class Push(Base):
    """The first push of a notification over a live stream, which ends its trail."""

    __tablename__ = "push"
    notification_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    correlation_id: Mapped[str] = mapped_column(Text, index=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


class FeedEntry(Base):
    """One change of a person's inbox, numbered in order without gaps.

    The application's role can only append. `notification_id` is empty if the entry concerns several
    notifications; `unseen` and `unread` are the counts as of `n`.
    """

    __tablename__ = "feed"
    recipient: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    notification_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(Moment)
    unseen: Mapped[int] = mapped_column(Integer)
    unread: Mapped[int] = mapped_column(Integer)
    __table_args__ = (
        CheckConstraint(f"kind IN {FEED_KINDS}", name="kind"),
        Index("ix_feed_at", "at"),
    )
