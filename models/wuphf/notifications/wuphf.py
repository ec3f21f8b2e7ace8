"""Notifications that wuphf raises itself: WUPHFs, and what an administrator must see to."""

from uuid import UUID

import msgspec

from models.wuphf.events import Subject
from models.wuphf.notifications.shape import Settling, Settlings, Telling, Tellings, Words

WEBHOOK: tuple[Subject, str] = ("webhook", "webhook_id")


class WebhookFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of its own events about a webhook."""

    webhook_id: UUID
    owner: str
    name: str
    host: str = ""
    reason: str = ""

    @property
    def is_by_itself(self) -> bool:
        """Whether the service disabled it, which gives a reason."""
        return bool(self.reason)


TELLINGS: Tellings = {
    "dm.notifications.webhook.created.v1": (
        WebhookFact,
        (
            Telling(
                "webhook_created", "account", ("owner",), WEBHOOK, ("name", "host"), answers=True
            ),
        ),
    ),
    "dm.notifications.webhook.disabled.v1": (
        WebhookFact,
        (
            Telling(
                "webhook_failed",
                "account",
                ("owner",),
                WEBHOOK,
                ("name", "reason"),
                "high",
                warns=True,
                when=lambda fact: fact.is_by_itself,
            ),
            Telling("webhook_disabled", "account", ("owner",), WEBHOOK, ("name",)),
        ),
    ),
}

_FAILED = ("webhook_failed",)
SETTLINGS: Settlings = {
    "dm.notifications.webhook.enabled.v1": (
        WebhookFact,
        (Settling(_FAILED, WEBHOOK, "enabled it"),),
    ),
    "dm.notifications.webhook.deleted.v1": (
        WebhookFact,
        (Settling(_FAILED, WEBHOOK, "deleted it"),),
    ),
}
WORDS = {
    "dead_letter": Words(
        "alert-triangle",
        "bad",
        "<b>{service}</b> could not handle {type}",
        "{subject} · {cause}",
        "{} events could not be handled",
    ),
    "snapshot_failed": Words(
        "database-off",
        "bad",
        "The daily snapshots have a problem",
        "{cause}",
    ),
    "webhook_created": Words(
        "webhook",
        "acc",
        "A new webhook sends events to <b>{host}</b>: {name}",
        "If you did not create it, delete it and tell IT",
    ),
    "webhook_failed": Words(
        "webhook",
        "bad",
        "Your webhook <b>{name}</b> was disabled",
        "{reason} · enable it once the receiver works",
    ),
    "webhook_disabled": Words(
        "webhook",
        "info",
        "<b>{actor}</b> disabled your webhook <b>{name}</b>",
        "It sends nothing until you enable it",
    ),
    "broadcast": Words("speakerphone", "acc", "<b>{actor}</b>: {text}", "To {groups}"),
    "broadcast_asked": Words(
        "speakerphone", "acc", "<b>{actor}</b>: {text}", "To {groups} · please acknowledge"
    ),
}
