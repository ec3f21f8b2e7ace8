"""People to tell, and events to tell them of, handled the way the worker does."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.shared.events.catalogue import BY_TYPE
from models.shared.transactions import reading, transaction
from models.wuphf.people import KnownPerson, replace_people
from settings import settings
from tests.factories.notifications import MANAGERS, deliver, deliver_decided, make_event
from tests.factories.webhooks import Receiver
from tests.web_client import SignedInClient, known_people


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
        deliver([make_event(type_, data, id_, numbers[place], actor)])
        return id_

    return publish


@pytest.fixture
def told() -> Callable[[], dict[str, set[str]]]:
    """Publishes what wuphf decided back to wuphf, and says who has which kinds in their inbox."""

    def everybody() -> dict[str, set[str]]:
        deliver_decided()
        from models.wuphf.tables import Notification

        found: dict[str, set[str]] = {}
        with reading("notifications") as session:
            for notice in session.query(Notification):
                found.setdefault(notice.recipient, set()).add(notice.kind)
        return found

    return everybody


@pytest.fixture
def jim(office: dict[str, set[str]], client_as: Callable[[str], SignedInClient]) -> SignedInClient:
    """Jim's browser."""
    return client_as("jim.halpert")


@pytest.fixture
def receiver(office: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Another system on loopback, which webhooks may reach."""
    monkeypatch.setenv("DM_WEBHOOK_NETWORKS", "127.0.0.0/8")
    settings.cache_clear()
    made = Receiver()
    yield made
    made.stop()
    settings.cache_clear()


@pytest.fixture
def nick(receiver: Receiver, client_as: Callable[[str], SignedInClient]) -> SignedInClient:
    """The browser of an administrator, who may have webhooks."""
    return client_as("nick.reyes")
