"""Events to tell people of, handled the way the worker does."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any, NamedTuple

from models.shared.database.tables import mechanism
from models.shared.events.catalogue import BY_TYPE
from models.shared.listeners.interface import Incoming, Outcome, apply_batch
from models.shared.settings.preferences import Preferences, as_record
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction
from models.wuphf import catch_up, consistency, queries

ORDER = {
    "order_number": "DM-100042",
    "client_name": "Dunmore High School",
    "owner": "jim.halpert",
    "total": "4218.46",
    "requested_by": "dwight.schrute",
    "reason": "They found a cheaper beet supplier",
}
PARCEL = {
    **ORDER,
    "shipment_number": "SH-20418",
    "carrier": "Lackawanna Freight",
    "signed_by": "R. Howard",
    "lines": [{"line": 1, "sku": "CP-20-LTR", "name": "Copy paper", "quantity": 9}],
}
MANAGERS = {
    "jim.halpert": "michael.scott",
    "dwight.schrute": "michael.scott",
    "roy.anderson": "darryl.philbin",
}


def deliver(records: list[Incoming]) -> Outcome:
    """Hands records to wuphf's listener; nothing may die of them."""
    outcome = apply_batch("notifications", records)
    assert outcome.dead == 0
    return outcome


def deliver_decided() -> list[Incoming]:
    """What is in wuphf's outbox comes back to it, as by relay and broker; returns it."""
    outbox = mechanism("notifications").outbox
    with reading("notifications") as session:
        records = [
            Incoming(row.topic, None, None, row.key.encode(), row.envelope)
            for row in session.execute(outbox.select().order_by(outbox.c.id))
        ]
    for start in range(0, len(records), 100):
        deliver(records[start : start + 100])
    return records


def make_event(
    type_: str, data: dict[str, Any], id_: uuid.UUID, sequence: int, actor: str
) -> Incoming:
    """The event as it comes from the broker."""
    key = data[BY_TYPE[type_].key]
    envelope = {
        "specversion": "1.0",
        "id": str(id_),
        "type": type_,
        "source": "test",
        "subject": key,
        "time": datetime.now(UTC).isoformat(),
        "sequence": sequence,
        "correlationid": "c-00000001",
        "actor": actor,
        "partitionkey": key,
        "data": data,
    }
    return Incoming(BY_TYPE[type_].topic, None, None, key.encode(), json.dumps(envelope).encode())


RAISED = "dm.notifications.notification.raised.v1"
WITHDRAWN = "dm.notifications.notification.withdrawn.v1"


def make_raised(id_: uuid.UUID, recipient: str = "jim.halpert", subject: str = "DM-100042") -> dict:
    return {
        "notification_id": str(id_),
        "recipient": recipient,
        "kind": "order_reserved",
        "category": "orders",
        "priority": "normal",
        "subject_type": "order",
        "subject_key": subject,
        "parts": {"client_name": "D"},
        "actor": "dwight.schrute",
        "source_event": str(uuid.uuid4()),
        "source_type": "x",
        "occurred_at": datetime.now(UTC).isoformat(),
    }


def make_withdrawn(id_: uuid.UUID, recipient: str = "jim.halpert") -> dict:
    return {"notification_id": str(id_), "recipient": recipient, "reason": "decided by another"}


class Counts(NamedTuple):
    """How many notifications somebody has not seen, and not read."""

    unseen: int
    unread: int


def count_of(recipient: str = "jim.halpert") -> Counts:
    """What this person's bell and inbox count; the inbox is checked on the way."""
    with reading("notifications") as session:
        assert consistency.find_faults(session) == []
        found = queries.get_counts(session, recipient)
        return Counts(unseen=found.unseen, unread=found.unread)


def feed_of(recipient: str = "jim.halpert") -> list[tuple[int, str]]:
    with reading("notifications") as session:
        return [(item.n, item.kind) for item in catch_up.feed_since(session, recipient, 0, 10_000)]


def do_as_jim(command, *arguments):
    with transaction("notifications", actor="jim.halpert") as session:
        return command(session, *arguments)


def learn_preferences(*preferences: Preferences) -> None:
    records = {
        each.uid: {**as_record(each), "revision": n} for n, each in enumerate(preferences, 1)
    }
    with transaction("notifications", actor="service:test") as session:
        take_page(session, "preferences", PulledPage(revision=9, complete=True, records=records))


EXPENSE = {
    "expense_number": "EX-2051",
    "purpose": "Lunch",
    "owner": "jim.halpert",
    "owner_name": "Jim Halpert",
    "total": "86.40",
    "round": 1,
    "approved_total": "60.00",
    "reason": "Who ate it?",
    "run_number": "RR-101",
}
ASKS = {
    **EXPENSE,
    "step": "manager",
    "approvers": ["michael.scott", "jan.levinson"],
    "remark": "$12.40 over",
}
CHECKS = {**ASKS, "step": "accounting", "approvers": ["oscar.martinez", "kevin.malone"]}


def notify_jim(happens, count: int = 1, **changes) -> list[uuid.UUID]:
    """So many notifications for Jim."""
    ids = [uuid.uuid4() for _ in range(count)]
    for id_ in ids:
        happens(RAISED, {**make_raised(id_), **changes})
    return ids
