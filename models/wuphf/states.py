"""The states of an inbox row, the verbs that change them, and what counts.

One table, without a database.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

Verb = Literal["read", "unread", "archive", "unarchive", "snooze", "wake", "pin", "unpin"]


class State(NamedTuple):
    """When a row was seen, read, archived and pinned, and until when it is snoozed."""

    seen_at: datetime | None = None
    read_at: datetime | None = None
    archived_at: datetime | None = None
    snoozed_until: datetime | None = None
    pinned_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether it is in the inbox; archived and snoozed rows do not count."""
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
    """The parameters of an action: the current time, and for a snooze when it ends."""

    now: datetime
    until: datetime | None = None


# The state after each verb; callers skip rows whose state does not change.
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
