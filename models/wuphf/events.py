"""Events that wuphf publishes: one per recipient and notification, keyed by the recipient."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from models.shared.events.envelope import event

Category = Literal[
    "orders",
    "shipments",
    "stock",
    "clients",
    "leads",
    "expenses",
    "broadcasts",
    "account",
    "system",
]
Priority = Literal["normal", "high"]
Subject = Literal[
    "order",
    "shipment",
    "product",
    "client",
    "lead",
    "expense",
    "broadcast",
    "dead_letter",
    "snapshot",
    "access_token",
    "webhook",
]


@event("dm.notifications.notification.raised.v1")
class NotificationRaised(msgspec.Struct, frozen=True, kw_only=True):
    """One person is notified of one fact.

    `parts` fill in the text of `kind`; links are built from the subject. `notification_id` is
    uuid5(source event, recipient and kind), so the same cause never notifies the same person twice.
    `bell`, `mail` and `quiet_until` are the recipient's preferences when this was decided: without
    `bell` it does not ring or count, and before `quiet_until` there is neither toast nor mail.
    `occurred_at` is when the fact happened, in UTC. `mentions`: the text names the recipient.
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
    """A notification is withdrawn; `reason` is shown to the recipient.

    May arrive before the notification itself.
    """

    notification_id: UUID
    recipient: str
    reason: str


@event("dm.notifications.webhook.created.v1")
class WebhookCreated(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` created a webhook, which sends events to `host`."""

    webhook_id: UUID
    owner: str
    name: str
    host: str


@event("dm.notifications.webhook.disabled.v1")
class WebhookDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook sends nothing more until it is enabled.

    `disabled_by` is a person, or the service itself, which gives its `reason`.
    """

    webhook_id: UUID
    owner: str
    name: str
    disabled_by: str
    reason: str = ""


@event("dm.notifications.webhook.enabled.v1")
class WebhookEnabled(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook sends events again; its owner enabled it."""

    webhook_id: UUID
    owner: str
    name: str


@event("dm.notifications.webhook.deleted.v1")
class WebhookDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook was deleted with its deliveries."""

    webhook_id: UUID
    owner: str
    name: str
