"""Notices about the system itself, for IT: raised while a trouble lasts, withdrawn when it is over."""

from collections.abc import Collection
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.events.outbox import record
from models.wuphf import people
from models.wuphf.channels import deliveries_of
from models.wuphf.events import NotificationRaised, NotificationWithdrawn
from models.wuphf.notifications.shape import Telling
from models.wuphf.rules import notification_id
from models.wuphf.tables import Request

GROUP = "it"
MOST = 100  # troubles of one kind that are told; the page shows all of them
KINDS = {
    "dead_letter": Telling(
        "dead_letter",
        "system",
        (f"group:{GROUP}",),
        ("dead_letter", "key"),
        ("service", "type", "cause"),
        "high",
        warns=True,
    ),
    "snapshot_failed": Telling(
        "snapshot_failed",
        "system",
        (f"group:{GROUP}",),
        ("snapshot", "key"),
        ("cause",),
        "high",
        warns=True,
    ),
}


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that somebody in IT is to look at; `key` tells it from others of its kind."""

    kind: str
    key: str
    cause: str
    service: str = ""
    type: str = ""


def tell_troubles(session: Session, kind: str, found: Collection[Trouble]) -> None:
    """Raise a notice for each trouble of this kind that is new; withdraw those of the ones over.

    Somebody who joins IT later is told of what is still open. Safe to call again at any time.
    """
    telling, now = KINDS[kind], {trouble.key: trouble for trouble in list(found)[:MOST]}
    subject_type = telling.subject[0]
    open_ones = session.execute(
        select(Request.notification_id, Request.recipient, Request.subject_key).where(
            Request.kind == kind, Request.subject_type == subject_type
        )
    ).all()
    over = [(id_, recipient) for id_, recipient, key in open_ones if key not in now]
    session.execute(delete(Request).where(Request.notification_id.in_([id_ for id_, _ in over])))
    for id_, recipient in sorted(over):
        withdrawn = NotificationWithdrawn(
            notification_id=id_, recipient=recipient, reason="The problem is resolved"
        )
        record(session, withdrawn)
    known = {(recipient, key) for _, recipient, key in open_ones}
    recipients = people.those_known(session, people.members_of(session, GROUP))
    for trouble in now.values():
        _raise(
            session,
            telling,
            trouble,
            {uid for uid in recipients if (uid, trouble.key) not in known},
        )


def _raise(session: Session, telling: Telling, trouble: Trouble, recipients: set[str]) -> None:
    deliveries = deliveries_of(session, dict.fromkeys(recipients, telling), clock.now())
    source = _source_of(trouble)
    for uid in sorted(recipients):
        notice = NotificationRaised(
            notification_id=notification_id(source, uid, telling.kind),
            recipient=uid,
            kind=telling.kind,
            category=telling.category,
            priority=telling.priority,
            subject_type=telling.subject[0],
            subject_key=trouble.key,
            parts={name: getattr(trouble, name) for name in telling.parts},
            actor=current_actor(session),
            source_event=source,
            source_type="dm.notifications.trouble",
            occurred_at=clock.now(),
            **deliveries[uid]._asdict(),
        )
        record(session, notice)
        session.add(
            Request(
                notification_id=notice.notification_id,
                recipient=uid,
                kind=telling.kind,
                subject_type=notice.subject_type,
                subject_key=trouble.key,
            )
        )


def _source_of(trouble: Trouble) -> UUID:
    """Return the id that stands in for the event behind a trouble's notices."""
    return uuid5(NAMESPACE_URL, f"dm.notifications/{trouble.kind}/{trouble.key}")
