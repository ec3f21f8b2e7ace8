"""People to tell, and events to tell them of, handled the way the worker does."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from models.notifications.people import KnownPerson, replace_people
from models.shared.catalogue import BY_TYPE
from models.shared.database import reading, transaction
from models.shared.listening import Incoming, Outcome, apply_batch
from models.shared.tables import mechanism
from tests.web_client import *  # noqa: F403
from tests.web_client import known_people

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


@pytest.fixture
def office(clean_database: str) -> dict[str, set[str]]:
    """The company's people in the projection, by group."""
    groups: dict[str, set[str]] = {}
    known = [
        KnownPerson(
            uid=uid, name=entry.name, groups=sorted(entry.groups), manager=MANAGERS.get(uid)
        )
        for uid, entry in known_people().items()
    ]
    for person in known:
        for group in person.groups:
            groups.setdefault(group, set()).add(person.uid)
    with transaction("notifications", actor="service:test") as session:
        replace_people(session, known, "v1")
    return groups


@pytest.fixture
def happens() -> Callable[..., uuid.UUID]:
    """`happens(type, data, actor="…")`: the event reaches wuphf; returns its id (or is the one given)."""
    numbers: dict[tuple[str, str], int] = {}

    def publish(
        type_: str,
        data: dict[str, Any],
        *,
        actor: str = "jim.halpert",
        event_id: uuid.UUID | None = None,
        sequence: int | None = None,
    ) -> uuid.UUID:
        key = data[BY_TYPE[type_].key]
        place = BY_TYPE[type_].topic, key
        numbers[place] = sequence or numbers.get(place, 0) + 1
        id_ = event_id or uuid.uuid4()
        deliver([incoming(type_, data, id_, numbers[place], actor)])
        return id_

    return publish


@pytest.fixture
def told() -> Callable[[], dict[str, set[str]]]:
    """Publishes what wuphf decided back to wuphf, and says who has which kinds in their inbox."""

    def everybody() -> dict[str, set[str]]:
        deliver_decided()
        from models.notifications.tables import Notification

        found: dict[str, set[str]] = {}
        with reading("notifications") as session:
            for notice in session.query(Notification):
                found.setdefault(notice.recipient, set()).add(notice.kind)
        return found

    return everybody


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


def incoming(
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
