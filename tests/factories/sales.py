"""Leads and clients, made by commands, and what sales published of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg

from models.sales.events import Address
from models.sales.lead_rules import LeadFacts, NextStep
from models.sales.rules import NewClient
from models.shared.listeners.interface import Incoming, apply_batch

JIM, DWIGHT, MICHAEL = "jim.halpert", "dwight.schrute", "michael.scott"
QUARRY = Address(street="40 Quarry Road", city="Old Forge", state="PA", postcode="18518")


def make_lead_facts(**more: Any) -> LeadFacts:
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


def make_client_facts(**more: Any) -> NewClient:
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


def fetch_one(database: str, query: str, *values: Any) -> Any:
    """The first row of a query by the administrator; its only column alone."""
    with psycopg.connect(database) as connection:
        row = connection.execute(query, values).fetchone()
    return row[0] if row and len(row) == 1 else row


def published_types(database: str) -> list[str]:
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
