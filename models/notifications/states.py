"""What a row of the inbox can be, which verbs change it and how, and what counts: one table, without a database."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

Verb = Literal["read", "unread", "archive", "unarchive", "snooze", "wake", "pin", "unpin"]


class State(NamedTuple):
    """When a row was seen, read, archived and pinned, and until when it sleeps."""

    seen_at: datetime | None = None
    read_at: datetime | None = None
    archived_at: datetime | None = None
    snoozed_until: datetime | None = None
    pinned_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether it stands in the inbox; what is archived or sleeps does not count."""
        return self.archived_at is None and self.snoozed_until is None

    @property
    def unseen(self) -> bool:
        """Whether it counts as unseen."""
        return self.counts and self.seen_at is None

    @property
    def unread(self) -> bool:
        """Whether it counts as unread."""
        return self.counts and self.read_at is None


class Asked(NamedTuple):
    """One action: now, and for a snooze until when."""

    now: datetime
    until: datetime | None = None


# What a verb makes of a state; one that it leaves as it is, is passed over.
VERBS: Mapping[Verb, Callable[[State, Asked], State]] = {
    "read": lambda old, asked: (
        old if old.read_at else old._replace(read_at=asked.now, seen_at=old.seen_at or asked.now)
    ),
    "unread": lambda old, _: old._replace(read_at=None),
    "archive": lambda old, asked: old._replace(
        archived_at=old.archived_at or asked.now, snoozed_until=None, pinned_at=None
    ),
    "unarchive": lambda old, _: old._replace(archived_at=None),
    "snooze": lambda old, asked: old._replace(snoozed_until=asked.until, archived_at=None),
    "wake": lambda old, _: old._replace(snoozed_until=None),
    "pin": lambda old, asked: old._replace(pinned_at=old.pinned_at or asked.now, archived_at=None),
    "unpin": lambda old, _: old._replace(pinned_at=None),
}
