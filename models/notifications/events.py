"""What wuphf publishes: one event per person and notice, keyed by the person."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from models.shared.events import event

Category = Literal[
    "orders", "shipments", "stock", "clients", "leads", "expenses", "broadcasts", "system"
]
Priority = Literal["normal", "high"]
Subject = Literal["order", "shipment", "product", "client", "lead", "expense", "broadcast"]


@event("dm.notifications.notification.raised.v1")
class NotificationRaised(msgspec.Struct, frozen=True, kw_only=True):
    """One person is told one thing. `parts` fill the words of `kind`; links are made from the subject.

    `notification_id` is uuid5(source event, recipient and kind): the same cause never tells the same twice.
    `bell`, `mail` and `quiet_until` are what the person wanted when it was decided: without `bell` it does not ring
    or count, and until `quiet_until` neither toast nor mail comes. `occurred_at` is when the fact happened that
    they are told of, in UTC. `mentions`: it names this person.
    """

    notification_id: UUID
    recipient: str
    kind: str
    category: Category
    priority: Priority
    subject_type: Subject
    subject_key: str
    parts: dict[str, str]
    actor: str
    source_event: UUID
    source_type: str
    occurred_at: datetime
    mentions: bool = False
    bell: bool = True
    mail: Literal["off", "digest", "hourly", "each"] = "off"
    quiet_until: datetime | None = None


@event("dm.notifications.notification.withdrawn.v1")
class NotificationWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """May arrive before the notification it withdraws; `reason` is shown to the person."""

    notification_id: UUID
    recipient: str
    reason: str
