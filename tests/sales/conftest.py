"""What the tests of sales share: leads and clients made by commands, and events brought to those who listen."""

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.lead_rules import LeadFacts, NextStep
from models.sales.leads import create_lead, lose_lead, move_lead
from models.sales.rules import NewClient
from models.sales.stages import OPEN
from models.shared.database import transaction
from models.shared.listening import Incoming, apply_batch
from tests.web_client import *  # noqa: F403
from webapp.sales import people as sales_people

JIM, DWIGHT, MICHAEL = "jim.halpert", "dwight.schrute", "michael.scott"
QUARRY = Address(street="40 Quarry Road", city="Old Forge", state="PA", postcode="18518")


def facts(**more: Any) -> LeadFacts:
    """What is said about a lead of Jim's."""
    return LeadFacts(
        **{
            "company": "Laurel Run Hospice",
            "contact_name": "Ann Petrov",
            "mail": "ann@laurelrun.example",
            "phone": "570 555 0142",
            "source": "referral",
            "expected_value": Decimal("11350.00"),
            "owner": JIM,
            "next": NextStep(kind="call", on=date(2026, 11, 24), note="Ask for the budget"),
            **more,
        }
    )


def new_client(**more: Any) -> NewClient:
    """What is said about a client of Jim's."""
    return NewClient(
        **{
            "name": "Pine Ridge School District",
            "contact_name": "Dan Ferreira",
            "contact_mail": "dan@pineridge.example",
            "contact_phone": "570 555 0143",
            "payment_terms_days": 30,
            "credit_limit": Decimal("8000.00"),
            "owner": JIM,
            "address": QUARRY,
            **more,
        }
    )


@pytest.fixture
def lead(clean_database: str) -> Callable[..., str]:
    """`lead("proposal", company="…")` makes a lead in that stage by commands; its number."""

    def make(stage: str = "new", actor: str = JIM, **more: Any) -> str:
        with transaction("sales", actor=actor) as session:
            number = create_lead(session, facts(**more))
            for following in OPEN[1 : OPEN.index(stage) + 1] if stage in OPEN else OPEN[1:2]:
                move_lead(session, number, following, any_lead=True)
            if stage == "lost":
                lose_lead(session, number, "price", "Too dear", any_lead=True)
        return number

    return make


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> frozenset[str]:
    """The uids of who may own leads, known to the pages as if profile had said so just now."""
    known = {
        uid: sales_people.Owner(name, f"{uid}@dundermifflin.example")
        for uid, name in (
            (JIM, "Jim Halpert"),
            (DWIGHT, "Dwight Schrute"),
            (MICHAEL, "Michael Scott"),
            ("jim.other", "Jim Halpert"),
        )
    }
    monkeypatch.setattr(sales_people, "_kept", {"at": time.monotonic() + 3600, "people": known})
    return frozenset(known)


@pytest.fixture
def client_number(clean_database: str) -> str:
    """A client that is there."""
    with transaction("sales", actor=JIM) as session:
        return create_client(session, new_client())


def one(database: str, query: str, *values: Any) -> Any:
    """The first row of a query by the administrator; its only column alone."""
    with psycopg.connect(database) as connection:
        row = connection.execute(query, values).fetchone()
    return row[0] if row and len(row) == 1 else row


def published(database: str) -> list[str]:
    """The short types of what sales published, in order."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT type FROM sales.outbox ORDER BY id").fetchall()
    return [".".join(type_.split(".")[2:-1]) for (type_,) in rows]


def deliver(database: str, listener: str) -> None:
    """Brings all that sales published to one listener; nothing may die of it."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT topic, id, key, envelope FROM sales.outbox ORDER BY id"
        ).fetchall()
    records = [
        Incoming(topic, 0, id_, key.encode(), bytes(envelope)) for topic, id_, key, envelope in rows
    ]
    assert apply_batch(listener, records).dead == 0
