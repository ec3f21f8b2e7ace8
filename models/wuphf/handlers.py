"""Event handlers of wuphf: decide who is notified of an event, and fill the inboxes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.bulk_insert import insert_rows
from models.shared.events.envelope import Envelope
from models.shared.events.outbox import record
from models.shared.listeners.interface import Occurrence, handles, handles_together, observes
from models.shared.settings.names import name_from_uid
from models.wuphf import people
from models.wuphf.channels import Delivery, deliveries_of, with_stand_ins
from models.wuphf.events import NotificationRaised, NotificationWithdrawn, Subject
from models.wuphf.feed import (
    Arrival,
    append_arrivals,
    append_entry,
    lock_inbox,
)
from models.wuphf.mail_queue import Mailing, queue_mails
from models.wuphf.notifications.registry import SETTLINGS, TELLINGS
from models.wuphf.notifications.shape import Settling, Telling
from models.wuphf.rules import notification_id, who_is_told
from models.wuphf.states import State
from models.wuphf.tables import (
    Decision,
    Notification,
    Person,
    Request,
    Tombstone,
)
from models.wuphf.webhooks.deliveries import queue_for_webhooks

_KNOWN = text("""SELECT id FROM notification WHERE id = ANY(:ids)
    UNION ALL SELECT notification_id FROM tombstone WHERE notification_id = ANY(:ids)""")


class RaisedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that the inbox reads of a notification; tolerant of later kinds and categories."""

    notification_id: UUID
    recipient: str
    kind: str
    category: str
    priority: str
    subject_type: str
    subject_key: str
    parts: dict[str, str]
    actor: str
    source_event: UUID
    source_type: str
    occurred_at: datetime
    mentions: bool = False
    bell: bool = True
    mail: str = "off"
    quiet_until: datetime | None = None


def tell_those_concerned(session: Session, event: Envelope, fact: msgspec.Struct) -> None:
    """Decide once whom this event concerns, record that, and publish a notification for each.

    Raises PeopleUnknown, which is retried, until the projection of people has been filled.
    """
    people.require_people(session)
    told = who_is_told(
        event.type,
        fact,
        event.actor,
        lambda group: people.members_of(session, group),
        lambda uids: people.those_known(session, uids),
        lambda uid: people.manager_of(session, uid),
    )
    told = _without_the_asked(
        session,
        with_stand_ins(session, told, event.actor, getattr(fact, "owner", ""), clock.now()),
        fact,
    )
    deliveries = deliveries_of(session, told, clock.now())
    decided = session.execute(
        upsert(Decision)
        .values(source_event=event.id, recipients=list(told), decided_at=clock.now())
        .on_conflict_do_nothing()
        .returning(Decision.source_event)
    ).scalar()
    if decided is None:
        return
    for recipient, telling in told.items():
        notice = _notice(session, event, fact, recipient, telling, deliveries[recipient])
        record(session, notice)
        if telling.asks or telling.warns:
            _note_request(session, notice)


def withdraw_what_is_settled(session: Session, event: Envelope, fact: msgspec.Struct) -> None:
    """Withdraw a request or warning from everyone who got it, now that it is no longer true.

    This also works before the notification has arrived.
    """
    people.require_people(session)
    for settling in SETTLINGS[event.type][1]:
        if settling.when(fact):
            _withdraw(session, event, fact, settling)


for _type, (_fact, _settlings) in SETTLINGS.items():
    handles(_type, reads=_fact, by="notifications")(withdraw_what_is_settled)
for _type, (_fact, _tellings) in TELLINGS.items():
    handles(_type, reads=_fact, by="notifications")(tell_those_concerned)


@handles_together("dm.notifications.notification.raised.v1", reads=RaisedNotice, by="notifications")
def put_into_inboxes(session: Session, raised: Sequence[Occurrence]) -> None:
    """Add rows and feed entries, except for what is already there or was withdrawn before it came.

    Takes a handful of statements for any number: a WUPHF to everyone comes by the hundred.
    """
    known = _known(session, [each.data.notification_id for each in raised])
    new = list(
        {
            each.data.notification_id: each
            for each in reversed(raised)
            if each.data.notification_id not in known
        }.values()
    )[::-1]
    numbers = append_arrivals(
        session,
        [
            Arrival(
                each.data.recipient,
                each.data.notification_id,
                each.data.bell,
                each.at,
                each.traceparent,
            )
            for each in new
        ],
    )
    insert_rows(
        session,
        Notification.__table__,
        [_row(each, n) for each, n in zip(new, numbers, strict=True)],
    )
    queue_mails(
        session,
        [
            Mailing(
                each.data.notification_id,
                each.data.recipient,
                each.data.category,
                n,
                each.data.quiet_until or each.at,
            )
            for each, n in zip(new, numbers, strict=True)
            if each.data.mail == "each"
        ],
    )


@handles(
    "dm.notifications.notification.withdrawn.v1", reads=NotificationWithdrawn, by="notifications"
)
def take_out_of_inbox(session: Session, event: Envelope, withdrawn: NotificationWithdrawn) -> None:
    """Remove the row and leave a tombstone, so that a late notification does not appear."""
    lock_inbox(session, withdrawn.recipient)
    session.execute(
        upsert(Tombstone)
        .values(
            notification_id=withdrawn.notification_id,
            recipient=withdrawn.recipient,
            reason=withdrawn.reason,
            withdrawn_at=event.time,
        )
        .on_conflict_do_nothing()
    )
    removed = session.execute(
        delete(Notification)
        .where(Notification.id == withdrawn.notification_id)
        .where(Notification.recipient == withdrawn.recipient)
        .returning(*(getattr(Notification, name) for name in State._fields))
    ).first()
    if removed:
        state = State(*removed)
        append_entry(
            session,
            withdrawn.recipient,
            "withdrawal",
            withdrawn.notification_id,
            unseen=-state.unseen,
            unread=-state.unread,
        )


@observes("notifications")
def pass_on_to_webhooks(session: Session, event: Envelope) -> None:
    """Queue the event for the webhooks that want it, to be sent right after the commit."""
    queue_for_webhooks(session, event)


def _known(session: Session, ids: list[UUID]) -> set[UUID]:
    """Return the ids that came before.

    No other worker can add one in the meantime: it would need the lock on the same recipient's
    position.
    """
    return set(session.connection().execute(_KNOWN, {"ids": ids}).scalars())


def _row(raised: Occurrence, n: int) -> dict[str, object]:
    values = msgspec.structs.asdict(raised.data)
    id_, at = values.pop("notification_id"), values.pop("occurred_at")
    return {
        **values,
        "id": id_,
        "at": at,
        "n": n,
        "correlation_id": raised.event.correlationid,
        "seen_at": None if raised.data.bell else raised.at,
    }


def _without_the_asked(
    session: Session, told: dict[str, Telling], fact: msgspec.Struct
) -> dict[str, Telling]:
    asked = {(telling.kind, *_subject(telling, fact)) for telling in told.values() if telling.once}
    subject = tuple_(Request.kind, Request.subject_type, Request.subject_key)
    have = (
        set(session.scalars(select(Request.recipient).where(subject.in_(asked))))
        if asked
        else set()
    )
    return {uid: telling for uid, telling in told.items() if not (telling.once and uid in have)}


def _subject(telling: Telling, fact: msgspec.Struct) -> tuple[Subject, str]:
    type_, field = telling.subject
    return type_, str(getattr(fact, field))


def _note_request(session: Session, notice: NotificationRaised) -> None:
    session.execute(
        upsert(Request)
        .values(
            notification_id=notice.notification_id,
            recipient=notice.recipient,
            kind=notice.kind,
            subject_type=notice.subject_type,
            subject_key=notice.subject_key,
        )
        .on_conflict_do_nothing()
    )


def _withdraw(session: Session, event: Envelope, fact: msgspec.Struct, settling: Settling) -> None:
    subject_type, field = settling.subject
    keep = getattr(fact, settling.but_for) if settling.but_for else []
    told = select(Request.notification_id, Request.recipient, Request.kind).where(
        Request.subject_type == subject_type,
        Request.subject_key == str(getattr(fact, field)),
        Request.kind.in_(settling.kinds),
        Request.recipient.not_in(keep),
    )
    settled = {
        (id_, recipient)
        for id_, recipient, kind in session.execute(told)
        if id_ != notification_id(event.id, recipient, kind)  # what this event itself tells
    }
    ids = [id_ for id_, _ in settled]
    session.execute(delete(Request).where(Request.notification_id.in_(ids)))
    reason = (
        settling.says
        if settling.but_for or settling.by_itself
        else f"{people.name_of(session, event.actor)} {settling.says}"
    )
    for id_, recipient in sorted(settled):
        record(
            session, NotificationWithdrawn(notification_id=id_, recipient=recipient, reason=reason)
        )


def _notice(
    session: Session,
    event: Envelope,
    fact: msgspec.Struct,
    recipient: str,
    telling: Telling,
    delivery: Delivery,
) -> NotificationRaised:
    subject_type, subject_key = _subject(telling, fact)
    return NotificationRaised(
        notification_id=notification_id(event.id, recipient, telling.kind),
        recipient=recipient,
        kind=telling.kind,
        category=telling.category,
        priority=telling.priority,
        subject_type=subject_type,
        subject_key=subject_key,
        parts=_parts(session, fact, telling),
        actor=event.actor,
        source_event=event.id,
        source_type=event.type,
        occurred_at=event.time,
        mentions=telling.mentions,
        bell=delivery.bell,
        mail=delivery.mail,
        quiet_until=delivery.quiet_until,
    )


def _parts(session: Session, fact: msgspec.Struct, telling: Telling) -> dict[str, str]:
    """Return what fills in the text; whoever was stood in for is named as the directory does."""
    parts = {name: str(getattr(fact, name)) for name in telling.parts}
    if absent := parts.get("on_behalf_of"):
        known = select(Person.name).where(Person.uid == absent)
        parts["on_behalf_of"] = session.scalar(known) or name_from_uid(absent)
    return parts
