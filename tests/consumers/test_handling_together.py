"""A handler that takes many events at once: the same effects as one by one, in the same order, with the same poison."""

import random
from collections.abc import Sequence
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.sales.events import ClientDeactivated
from models.shared.events.outbox import record
from models.shared.listeners.interface import (
    Occurrence,
    Outcome,
    apply_batch,
    handles,
    handles_together,
    list_dead_letters,
    replay,
)
from models.shared.listeners.registry import HANDLERS
from models.shared.transactions import transaction
from tests.consumers.ledger import (
    NONE,
    TYPE,
    Client,
    add_to_ledger,
    client_created,
    effects,
    faults,
    publish,
)
from tests.consumers.test_listening import break_event, mend, records

OTHER = "dm.sales.client.deactivated.v1"


@pytest.fixture
def sizes(ledger_handlers: None) -> list[int]:
    """How many events the handler was given each time."""
    given: list[int] = []

    def add_all_to_ledger(session: Session, clients: Sequence[Occurrence]) -> None:
        given.append(len(clients))
        for each in clients:
            add_to_ledger(session, each.event, each.data)

    HANDLERS.clear()
    handles_together(TYPE, reads=Client, by="orders")(add_all_to_ledger)
    handles(OTHER, reads=Client, by="orders")(add_to_ledger)
    return given


def test_events_of_many_keys_come_at_once_and_each_key_in_order(ledger_tables, sizes):
    expected = publish(keys=10, each=20)
    assert apply_batch("orders", records(ledger_tables)) == Outcome(applied=200)
    assert sizes == [200]
    assert faults(effects(ledger_tables), expected) == NONE
    assert apply_batch("orders", records(ledger_tables)) == Outcome(skipped=200)
    assert sizes == [200], "seen before, they are not handed over again"


def test_events_that_come_shuffled_are_handled_in_the_order_of_each_key(ledger_tables, sizes):
    expected = publish(keys=8, each=12)
    shuffled = records(ledger_tables) * 2
    random.Random(4).shuffle(shuffled)
    for first in range(0, len(shuffled), 17):
        apply_batch("orders", shuffled[first : first + 17])
    assert faults(effects(ledger_tables), expected) == NONE
    assert max(sizes) > 1


def test_one_poison_among_many_is_parked_and_its_key_alone_waits_for_it(ledger_tables, sizes):
    expected = publish(keys=3, each=6)
    break_event(ledger_tables, "CL-1", 3)
    assert apply_batch("orders", records(ledger_tables)) == Outcome(applied=14, held=3, dead=1)
    assert sizes[0] == 18 and set(sizes[1:]) == {1}
    assert effects(ledger_tables) == {
        "CL-0": [1, 2, 3, 4, 5, 6],
        "CL-1": [1, 2],
        "CL-2": [1, 2, 3, 4, 5, 6],
    }
    mend(ledger_tables)
    [letter] = list_dead_letters("orders")
    replay("orders", letter.id, by="nick.reyes")
    assert faults(effects(ledger_tables), expected) == NONE


def test_an_event_of_another_type_is_handled_after_those_before_it_and_before_those_after_it(
    ledger_tables, sizes
):
    for number in range(4):
        with transaction("sales", actor="jim.halpert") as session:
            for key in ("CL-0", "CL-1"):
                record(session, client_created(key, f"name {number}"))
        with transaction("sales", actor="jim.halpert") as session:
            record(
                session,
                ClientDeactivated(
                    client_number="CL-0", name="Ned's", owner="jim.halpert", reason="Moved"
                ),
            )
    apply_batch("orders", records(ledger_tables))
    assert sizes == [2, 2, 2, 2]
    found = effects(ledger_tables)
    assert found == {"CL-0": list(range(1, 9)), "CL-1": [1, 2, 3, 4]}
    assert all(
        earlier < later for sequences in found.values() for earlier, later in pairwise(sequences)
    )


def test_each_has_its_own_moment_and_the_journal_says_the_same(ledger_tables, sizes):
    moments: dict[tuple[str, int], str] = {}

    def note(session: Session, clients: Sequence[Occurrence]) -> None:
        moments.update(
            {(each.event.partitionkey, each.event.sequence): each.at for each in clients}
        )

    HANDLERS.clear()
    handles_together(TYPE, reads=Client, by="orders")(note)
    publish(keys=2, each=3)
    apply_batch("orders", records(ledger_tables), as_of_event=True)
    with psycopg.connect(ledger_tables) as connection:
        rows = connection.execute("SELECT key, sequence, applied_at FROM orders.journal").fetchall()
    assert {(key, sequence): at for key, sequence, at in rows} == moments
    assert len(set(moments.values())) > 1


def test_it_may_not_publish_nor_stand_beside_another(ledger_tables, sizes):
    def publishes(session: Session, clients: Sequence[Occurrence]) -> None:
        session.execute(text("INSERT INTO ledger (key, sequence) VALUES ('never', 1)"))
        record(session, client_created("CL-9", "Whose cause?"))

    with pytest.raises(LookupError, match="one handler alone"):
        handles(TYPE, reads=Client, by="orders")(add_to_ledger)
    HANDLERS.clear()
    handles_together(TYPE, reads=Client, by="orders")(publishes)
    publish(keys=1, each=1)
    assert apply_batch("orders", records(ledger_tables)) == Outcome(dead=1)
    assert "may publish none" in list_dead_letters("orders")[0].cause
    assert effects(ledger_tables) == {}
