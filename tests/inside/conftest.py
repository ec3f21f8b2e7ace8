"""A new client, told by sales and heard by nobody yet; the browsers of tests/web_client.py."""

from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

import telemetry
from models.sales.commands import create_client
from models.sales.rules import Address, NewClient
from models.shared.listeners.interface import Incoming, Outcome, apply_batch
from models.shared.transactions import transaction
from models.wuphf.people import KnownPerson, replace_people

CORRELATION = "c0ffee" * 5 + "00"


@pytest.fixture
def client_number(clean_database: str) -> str:
    """Its number; what was told of it has the correlation id CORRELATION, and a place at the broker."""
    token = telemetry.correlation.set(CORRELATION)
    with transaction("sales", actor="jim.halpert") as session:
        number = create_client(
            session,
            NewClient(
                name="Steamtown Mall",
                contact_name="Sue Grant",
                contact_mail="sue@steamtown.example",
                contact_phone="570 555 0111",
                address=Address(
                    street="300 Lackawanna Avenue", city="Scranton", state="PA", postcode="18503"
                ),
                payment_terms_days=30,
                credit_limit=Decimal("5000"),
                owner="dwight.schrute",
            ),
        )
    telemetry.correlation.reset(token)
    with psycopg.connect(clean_database) as connection:
        connection.execute(
            "UPDATE sales.outbox SET published_at = created_at + interval '12 ms', partition = 2, \"offset\" = 41"
        )
    return number


@pytest.fixture
def hear(clean_database: str) -> Callable[[str], Outcome]:
    """`hear("orders")` brings that service all that sales told, as from the broker.

    Notifications knows one person: Dwight.
    """
    dwight = KnownPerson(uid="dwight.schrute", name="Dwight Schrute", groups=["everyone", "sales"])
    with transaction("notifications", actor="service:notifications") as session:
        replace_people(session, [dwight], "v1")

    return lambda service: _bring(clean_database, "sales", service)


@pytest.fixture
def hear_notifications(clean_database: str) -> Callable[[], Outcome]:
    """Brings notifications what it told itself, so that it stands in inboxes."""
    return lambda: _bring(clean_database, "notifications", "notifications")


def _bring(dsn: str, teller: str, listener: str) -> Outcome:
    """Bring a service all that another told, as from the broker."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            'SELECT topic, coalesce(partition, 0), coalesce("offset", id), key, envelope'
            f" FROM {teller}.outbox ORDER BY id"
        ).fetchall()
    return apply_batch(
        listener,
        [
            Incoming(topic, partition, offset, key.encode(), bytes(envelope))
            for topic, partition, offset, key, envelope in rows
        ],
    )
