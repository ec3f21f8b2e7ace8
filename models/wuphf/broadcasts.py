"""WUPHFs to groups: send them, deliver in portions by a job, track who saw and acknowledged."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import Forbidden, Invalid, NotFound
from models.shared.events.outbox import record
from models.shared.jobs import defer, task
from models.shared.transactions import transaction
from models.wuphf.channels import Delivery, deliveries_of
from models.wuphf.events import NotificationRaised
from models.wuphf.notifications.shape import Telling
from models.wuphf.rules import notification_id
from models.wuphf.tables import (
    BROADCAST_NUMBER,
    Broadcast,
    BroadcastRecipient,
    GroupMember,
    Notification,
    Person,
    Request,
)

PORTION = 200
MOST_TEXT = 500
SAID = Telling("broadcast", "broadcasts", (), ("broadcast", "number"), ())
ASKED = Telling("broadcast_asked", "broadcasts", (), ("broadcast", "number"), (), "high", asks=True)


class Group(NamedTuple):
    """A group in the directory and its number of members."""

    name: str
    members: int


class Reader(msgspec.Struct, frozen=True):
    """One recipient of a broadcast, and whether they were notified, saw it and acknowledged it."""

    uid: str
    name: str
    told: bool
    seen: bool
    acknowledged: bool


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast. `readers` is filled for its sender only."""

    number: str
    sender: str
    sender_name: str
    text: str
    groups: list[str]
    asks: bool
    at: datetime
    done: bool
    readers: list[Reader] = []
    acknowledged: bool = False


def list_groups(session: Session) -> list[Group]:
    """Return the groups that can be addressed, by name."""
    rows = session.execute(
        select(GroupMember.group, func.count())
        .group_by(GroupMember.group)
        .order_by(GroupMember.group)
    )
    return [Group(*row) for row in rows]


def reach_of(session: Session, groups: Collection[str], sender: str) -> set[str]:
    """Return whom a broadcast to these groups reaches: each person once, never the sender."""
    members = select(GroupMember.uid).where(GroupMember.group.in_(groups)).distinct()
    return set(session.execute(members).scalars()) - {sender}


def send_broadcast(session: Session, text: str, groups: Collection[str], *, asks: bool) -> str:
    """Send a broadcast to everyone in these groups as of now; return its number.

    A job notifies the recipients in portions. `asks`: each is asked to acknowledge it. Raises
    Invalid for an empty or overlong text, for unknown groups, or if nobody would be reached.
    """
    said, sender = text.strip(), current_actor(session)
    known = {group.name for group in list_groups(session)}
    reached = reach_of(session, groups, sender)
    errors = {}
    if not said or len(said) > MOST_TEXT:
        errors["text"] = f"Enter 1 to {MOST_TEXT} characters."
    if not groups or not known.issuperset(groups):
        errors["groups"] = "Choose at least one group."
    elif not reached:
        errors["groups"] = "No one else is in these groups. Choose another group."
    if errors:
        raise Invalid(errors)
    number = f"WU-{session.scalar(BROADCAST_NUMBER.next_value())}"
    session.execute(
        insert(Broadcast).values(
            number=number,
            sender=sender,
            text=said,
            groups=sorted(groups),
            asks=asks,
            at=clock.now(),
            done=False,
        )
    )
    session.execute(
        insert(BroadcastRecipient),
        [{"number": number, "uid": uid, "told": False} for uid in sorted(reached)],
    )
    defer(session, tell_in_portions, lock=number, number=number)
    return number


@task("notifications")
def tell_in_portions(number: str) -> None:
    """Publish a notification for each recipient, 200 per transaction; a rerun resumes."""
    with transaction("notifications", actor="service:notifications") as session:
        sender = session.execute(
            select(Broadcast.sender).where(Broadcast.number == number)
        ).scalar_one()
    while True:
        with transaction("notifications", actor=sender) as session:
            if not _tell_some(session, number):
                session.execute(
                    update(Broadcast).where(Broadcast.number == number).values(done=True)
                )
                signal_record(session, "broadcast", number)
                return


def get_broadcast(session: Session, number: str, uid: str) -> Sent:
    """Return the broadcast as this person may see it: with all readers for its sender only.

    Raises NotFound for anyone who is neither its sender nor a recipient.
    """
    named = select(Broadcast, func.coalesce(Person.name, "").label("sender_name")).outerjoin(
        Person, Person.uid == Broadcast.sender
    )
    found = session.execute(named.where(Broadcast.number == number)).first()
    mine = session.get(BroadcastRecipient, (number, uid))
    if found is None or (found.Broadcast.sender != uid and mine is None):
        raise NotFound("WUPHF", number[:20])
    readers = _readers(session, number) if found.Broadcast.sender == uid else []
    return _sent(found.Broadcast, found.sender_name, readers, bool(mine and mine.acknowledged_at))


def list_sent(session: Session, sender: str, limit: int = 20) -> list[Sent]:
    """Return what this person sent, newest first, without the readers."""
    named = select(Broadcast, func.coalesce(Person.name, "").label("sender_name")).outerjoin(
        Person, Person.uid == Broadcast.sender
    )
    rows = session.execute(
        named.where(Broadcast.sender == sender).order_by(Broadcast.at.desc()).limit(limit)
    )
    return [_sent(row.Broadcast, row.sender_name, [], False) for row in rows]


def acknowledge(session: Session, number: str) -> None:
    """Acknowledge a broadcast for the actor; repeating it changes nothing.

    Raises NotFound, or Forbidden if the broadcast did not ask for it.
    """
    uid = current_actor(session)
    found, mine = (
        session.get(Broadcast, number),
        session.get(BroadcastRecipient, (number, uid), with_for_update=True),
    )
    if found is None or mine is None:
        raise NotFound("WUPHF", number[:20])
    if not found.asks:
        raise Forbidden("This WUPHF does not ask for an acknowledgment.")
    mine.acknowledged_at = mine.acknowledged_at or clock.now()
    asked = session.query(Request).where(
        Request.recipient == uid, Request.subject_type == "broadcast"
    )
    asked.where(Request.subject_key == number).delete(synchronize_session=False)
    signal_record(session, "broadcast", number)


def _tell_some(session: Session, number: str) -> bool:
    found = session.execute(select(Broadcast).where(Broadcast.number == number)).scalar_one()
    waiting = select(BroadcastRecipient.uid).where(
        BroadcastRecipient.number == number, ~BroadcastRecipient.told
    )
    uids = (
        session.execute(waiting.order_by(BroadcastRecipient.uid).limit(PORTION).with_for_update())
        .scalars()
        .all()
    )
    telling = ASKED if found.asks else SAID
    deliveries = deliveries_of(session, dict.fromkeys(uids, telling), clock.now()) if uids else {}
    for uid in uids:
        notice = _notice(found, uid, telling, deliveries[uid])
        record(session, notice)
        if found.asks:
            session.add(
                Request(
                    notification_id=notice.notification_id,
                    recipient=uid,
                    kind=telling.kind,
                    subject_type="broadcast",
                    subject_key=number,
                )
            )
    session.execute(
        update(BroadcastRecipient)
        .where(BroadcastRecipient.number == number, BroadcastRecipient.uid.in_(uids))
        .values(told=True)
    )
    signal_record(session, "broadcast", number)
    return bool(uids)


def _notice(found: Broadcast, uid: str, telling: Telling, delivery: Delivery) -> NotificationRaised:
    source = source_of(found.number)
    return NotificationRaised(
        notification_id=notification_id(source, uid, telling.kind),
        recipient=uid,
        kind=telling.kind,
        category="broadcasts",
        priority=telling.priority,
        subject_type="broadcast",
        subject_key=found.number,
        parts={"text": found.text, "groups": ", ".join(map(title_of_group, found.groups))},
        actor=found.sender,
        source_event=source,
        source_type="dm.notifications.broadcast",
        occurred_at=found.at,
        mentions=f"@{uid}" in found.text,
        bell=delivery.bell,
        mail=delivery.mail,
        quiet_until=delivery.quiet_until,
    )


def source_of(number: str) -> UUID:
    """Return the id that stands in for the event behind a broadcast's notifications.

    It is derived from the number, so it is the same every time.
    """
    return uuid5(NAMESPACE_URL, f"dm.notifications/broadcast/{number}")


def title_of_group(name: str) -> str:
    """Format a group name such as `sales-managers` for people."""
    return name.replace("-", " ").capitalize() if name != "it" else "IT"


def _readers(session: Session, number: str) -> list[Reader]:
    seen = select(Notification.recipient).where(
        Notification.subject_type == "broadcast",
        Notification.subject_key == number,
        Notification.seen_at.is_not(None),
    )
    rows = session.execute(
        select(
            BroadcastRecipient.uid,
            func.coalesce(Person.name, BroadcastRecipient.uid),
            BroadcastRecipient.told,
            BroadcastRecipient.uid.in_(seen),
            BroadcastRecipient.acknowledged_at.is_not(None),
        )
        .outerjoin(Person, Person.uid == BroadcastRecipient.uid)
        .where(BroadcastRecipient.number == number)
        .order_by(func.folded(Person.name))
    )
    return [Reader(*row) for row in rows]


def _sent(found: Broadcast, sender_name: str, readers: list[Reader], acknowledged: bool) -> Sent:
    return Sent(
        number=found.number,
        sender=found.sender,
        sender_name=sender_name or found.sender,
        text=found.text,
        groups=found.groups,
        asks=found.asks,
        at=found.at,
        done=found.done,
        readers=readers,
        acknowledged=acknowledged,
    )
