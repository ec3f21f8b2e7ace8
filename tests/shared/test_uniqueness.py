"""Two who take the same key at once: one has it, the other gets the words of the first look."""

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from areas import SCHEMAS
from models.finance.people import remember_people
from models.finance.reimbursement import set_budget
from models.inventory.commands import create_product
from models.inventory.locations import create_location
from models.inventory.rules import NewProduct
from models.profile.service_accounts import create_service_account
from models.shared.errors import DomainError
from models.shared.transactions import transaction
from models.shared.uniqueness import SENTENCES, UNREACHABLE
from tests.factories.finance import PEOPLE
from tests.factories.races import do_at_once

UNIQUE = """
SELECT DISTINCT i.relname FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE x.indisunique AND n.nspname = ANY (%s) AND t.relname NOT LIKE 'procrastinate%%'
"""


class Race(NamedTuple):
    """A command that takes a key, the schema it runs in, and what the second is answered."""

    schema: str
    act: Callable[[Session], Any]
    status: int
    field: str


RACES = {
    "pk_product": Race(
        "inventory",
        lambda session: create_product(
            session, NewProduct(sku="TWICE", name="Paper", unit_price=Decimal(1), location="")
        ),
        422,
        "sku",
    ),
    "pk_location": Race("inventory", lambda session: create_location(session, "T-1"), 422, "code"),
    "pk_service_account": Race(
        "profile",
        lambda session: create_service_account(
            session, "web-shop", "Orders of the shop", ["sales"], ["sales"], False
        ),
        422,
        "name",
    ),
    "pk_budget": Race(
        "finance", lambda session: set_budget(session, "sales", Decimal(10), 0), 409, ""
    ),
}


@pytest.fixture
def office(clean_database: str) -> str:
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())
    with transaction("inventory", actor="service:test") as session:
        create_location(session, "DOCK")  # where products lie, made with the first of them
    return clean_database


def test_every_unique_constraint_has_a_sentence_or_a_reason_why_nobody_meets_it(database: str):
    with psycopg.connect(database) as connection:
        names = {name for (name,) in connection.execute(UNIQUE, [list(SCHEMAS)])}
    assert names == set(SENTENCES) | set(UNREACHABLE)
    assert not set(SENTENCES) & set(UNREACHABLE)


def test_every_sentence_has_a_race():
    assert set(RACES) == set(SENTENCES)


@pytest.fixture
def together() -> Iterator[None]:
    """Both have looked and found the key free before either writes it."""
    gate = threading.Barrier(2, timeout=5)
    met = threading.local()

    def wait(session: Session, *_: Any) -> None:
        if session.new and not getattr(met, "yes", False):
            met.yes = True
            gate.wait()

    event.listen(Session, "before_flush", wait)
    yield
    event.remove(Session, "before_flush", wait)


@pytest.mark.parametrize("name", sorted(RACES))
def test_of_two_who_take_a_key_at_once_one_has_it_and_the_other_is_told(
    office: str, together: None, name: str
):
    race = RACES[name]

    def act(actor: str) -> Any:
        with transaction(race.schema, actor=actor) as session:
            return race.act(session)

    results = do_at_once(partial(act, "michael.scott"), partial(act, "darryl.philbin"))
    [refusal] = [each for each in results if isinstance(each, DomainError)]
    assert refusal.status == race.status and refusal.message
    if race.field:
        assert list(refusal.details["errors"]) == [race.field]


def test_a_key_without_a_sentence_is_a_conflict_and_no_server_error(web_app, office: str):
    from models.finance.tables import Person

    @web_app.get("/twice")
    def twice() -> str:
        for _ in range(2):
            with transaction("finance", actor="service:test") as session:
                session.add(Person(uid="new.one", name="New", department="", groups=[]))
        return ""

    twice.action = None
    assert web_app.test_client().get("/twice").status_code == 409
