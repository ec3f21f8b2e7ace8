"""What wuphf publishes: one event per person and notice, keyed by the person."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from models.shared.events import event


@event("dm.notifications.notification.raised.v1")
class NotificationRaised(msgspec.Struct, frozen=True, kw_only=True):
    """One person is told one thing. `parts` fill the words of `kind`; links are made from the subject.

    `notification_id` is uuid5(source event, recipient and kind): the same cause never tells the same twice.
    `occurred_at` is when the fact happened that they are told of, in UTC.
    """

    notification_id: UUID
    recipient: str
    kind: str
    category: Literal["orders", "shipments", "stock", "clients", "system"]
    priority: Literal["normal", "high"]
    subject_type: Literal["order", "shipment", "product", "client"]
    subject_key: str
    parts: dict[str, str]
    actor: str
    source_event: UUID
    source_type: str
    occurred_at: datetime


@event("dm.notifications.notification.withdrawn.v1")
class NotificationWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """What one person was told no longer needs them. May arrive before the notice itself."""

    notification_id: UUID
    recipient: str
    reason: str
