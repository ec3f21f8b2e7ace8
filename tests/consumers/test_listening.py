"""The wrapper around handlers, in one process on a real PostgreSQL: once and in order, whatever comes."""

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from click.testing import CliRunner

from consumers.__main__ import program
from models.shared.events.catalogue import LEADS
from models.shared.listeners.delivery import deliver_pending
from models.shared.listeners.interface import (
    Incoming,
    Outcome,
    apply_batch,
    list_dead_letters,
    replay,
    replay_all,
    skip,
)
from tests.consumers.ledger import NONE, effects, faults, publish

pytestmark = pytest.mark.usefixtures("ledger_handlers")


def records(dsn: str) -> list[Incoming]:
    """What the outbox holds, as it would lie on the topic."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT id, key, envelope FROM sales.outbox ORDER BY id"
        ).fetchall()
    return [Incoming(LEADS, 0, number, key.encode(), envelope) for number, key, envelope in rows]


def state(dsn: str) -> dict[str, list]:
    """All that listening leaves behind, without the moments."""
    with psycopg.connect(dsn) as connection:
        return {
            name: connection.execute(sql).fetchall()
            for name, sql in {
                "effects": "SELECT key, sequence, event_id FROM orders.ledger ORDER BY n",
                "read model": "SELECT * FROM orders.client_count ORDER BY key",
                "journal": "SELECT topic, key, sequence, event_id, envelope FROM orders.journal ORDER BY n",
                "positions": "SELECT * FROM orders.last_sequence ORDER BY 1, 2",
                "held": "SELECT * FROM orders.held_event",
            }.items()
        }


def break_event(dsn: str, key: str, sequence: int, *, slow: bool = False) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO orders.broken VALUES (%s, %s, %s)", [key, sequence, slow])


def mend(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("DELETE FROM orders.broken")


def test_positions_of_known_and_of_new_keys_are_found_together(ledger_tables):
    publish(keys=3, each=2)
    some = records(ledger_tables)
    first = [record for record in some if record.key != b"CL-2"]
    assert apply_batch("orders", first).applied == len(first)
    assert apply_batch("orders", some) == Outcome(
        applied=len(some) - len(first), skipped=len(first)
    )
    assert {sequence for _, _, sequence in state(ledger_tables)["positions"]} == {2}


def test_the_checker_sees_what_is_lost_doubled_and_reordered():
    assert faults({"a": [1, 2, 3]}, {"a": 3}) == NONE
    assert faults({"a": [1, 3]}, {"a": 3})["lost"] == 1
    assert faults({"a": [1, 2, 2, 3]}, {"a": 3})["doubled"] == 1
    assert faults({"a": [1, 3, 2]}, {"a": 3})["reordered"] == 1


def test_the_same_events_three_times_at_once_have_their_effect_once(ledger_tables):
    expected = publish(keys=10, each=20)
    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: apply_batch("orders", records(ledger_tables)), range(3)))
    assert faults(effects(ledger_tables), expected) == NONE
    assert sum(outcome.applied for outcome in outcomes) == 200
    assert sum(outcome.skipped for outcome in outcomes) == 400


def test_a_topic_replayed_from_the_start_and_shuffled_changes_nothing(ledger_tables):
    publish(keys=10, each=20)
    apply_batch("orders", records(ledger_tables))
    before, again = state(ledger_tables), records(ledger_tables)
    assert len(before["effects"]) == 200
    assert apply_batch("orders", again) == Outcome(skipped=200)
    random.Random(7).shuffle(again)
    assert apply_batch("orders", again) == Outcome(skipped=200)
    assert state(ledger_tables) == before


@pytest.mark.parametrize("seed", range(3))
def test_a_topic_that_comes_shuffled_and_in_portions_is_handled_in_the_order_of_each_key(
    ledger_tables, seed
):
    expected = publish(keys=8, each=12)
    shuffled = records(ledger_tables) * 2
    random.Random(seed).shuffle(shuffled)
    for first in range(0, len(shuffled), 17):
        apply_batch("orders", shuffled[first : first + 17])
    assert faults(effects(ledger_tables), expected) == NONE
    assert state(ledger_tables)["held"] == []


def test_poison_holds_its_key_while_the_rest_goes_on_and_replay_releases_it_in_order(ledger_tables):
    expected = publish(keys=3, each=6)
    break_event(ledger_tables, "CL-1", 3)
    outcome = apply_batch("orders", records(ledger_tables))
    assert effects(ledger_tables) == {
        "CL-0": [1, 2, 3, 4, 5, 6],
        "CL-1": [1, 2],
        "CL-2": [1, 2, 3, 4, 5, 6],
    }
    assert outcome == Outcome(applied=14, held=3, dead=1)
    [letter] = list_dead_letters("orders")
    assert (letter.key, letter.sequence, letter.partition) == ("CL-1", 3, 0)
    assert "poison" in letter.cause
    assert letter.envelope == next(
        record.value for record in records(ledger_tables) if record.offset == letter.offset
    )
    assert apply_batch("orders", records(ledger_tables)).dead == 0, (
        "delivered again, it is not parked again"
    )
    mend(ledger_tables)
    replay("orders", letter.id, by="nick.reyes")
    assert faults(effects(ledger_tables), expected) == NONE
    assert list_dead_letters("orders") == []
    [settled] = list_dead_letters("orders", settled=True)
    assert (settled.settled_how, settled.settled_by) == ("replayed", "nick.reyes")


def test_a_slow_poison_is_given_up_after_five_times_and_does_not_block_the_others(ledger_tables):
    publish(keys=2, each=3)
    break_event(ledger_tables, "CL-0", 2, slow=True)
    apply_batch("orders", records(ledger_tables))
    assert effects(ledger_tables) == {"CL-0": [1], "CL-1": [1, 2, 3]}
    [letter] = list_dead_letters("orders")
    assert (letter.sqlstate, letter.attempts) == ("57014", 5)


def test_a_replay_that_fails_again_leaves_the_dead_letter_with_its_new_cause(ledger_tables):
    publish(keys=1, each=2)
    break_event(ledger_tables, "CL-0", 1)
    apply_batch("orders", records(ledger_tables))
    [letter] = list_dead_letters("orders")
    with pytest.raises(Exception, match="failed again"):
        replay("orders", letter.id, by="nick.reyes")
    [still] = list_dead_letters("orders")
    assert still.attempts == letter.attempts + 1
    assert effects(ledger_tables) == {}


def test_a_second_poison_behind_the_first_is_parked_when_its_turn_comes(ledger_tables):
    expected = publish(keys=1, each=6)
    break_event(ledger_tables, "CL-0", 2)
    break_event(ledger_tables, "CL-0", 5)
    apply_batch("orders", records(ledger_tables))
    mend(ledger_tables)
    break_event(ledger_tables, "CL-0", 5)
    [first] = list_dead_letters("orders")
    replay("orders", first.id, by="nick.reyes")
    assert effects(ledger_tables) == {"CL-0": [1, 2, 3, 4]}
    [second] = list_dead_letters("orders")
    mend(ledger_tables)
    replay("orders", second.id, by="nick.reyes")
    assert faults(effects(ledger_tables), expected) == NONE


def test_all_dead_letters_are_replayed_in_order_and_those_that_fail_again_say_why(ledger_tables):
    expected = publish(keys=4, each=6)
    for key, sequence in (("CL-0", 2), ("CL-1", 1), ("CL-3", 4)):
        break_event(ledger_tables, key, sequence)
    apply_batch("orders", records(ledger_tables))
    mend(ledger_tables)
    break_event(ledger_tables, "CL-1", 1)
    break_event(ledger_tables, "CL-0", 5)
    done = replay_all("orders", by="nick.reyes", seconds=60)
    assert (done.handled, done.following) == (2, None)
    assert [(each.key, "poison" in each.cause) for each in done.failed] == [
        ("CL-1", True),
        ("CL-0", True),
    ]
    assert effects(ledger_tables) == {
        "CL-0": [1, 2, 3, 4],
        "CL-2": [1, 2, 3, 4, 5, 6],
        "CL-3": [1, 2, 3, 4, 5, 6],
    }
    mend(ledger_tables)
    assert replay_all("orders", by="nick.reyes", seconds=60).handled == 2
    assert faults(effects(ledger_tables), expected) == NONE
    assert list_dead_letters("orders") == []


def test_many_dead_letters_are_replayed_a_portion_at_a_time(ledger_tables):
    expected = publish(keys=3, each=2)
    for key in expected:
        break_event(ledger_tables, key, 1)
    apply_batch("orders", records(ledger_tables))
    mend(ledger_tables)
    after, portions = 0, 0
    while after is not None:
        done = replay_all("orders", by="nick.reyes", after=after, seconds=0)
        after, portions = done.following, portions + 1
        assert done.handled <= 1
    assert portions == 4, "one letter each, and one that finds none"
    assert faults(effects(ledger_tables), expected) == NONE


def test_at_a_terminal_a_replay_of_all_ends_with_1_where_some_failed_again(ledger_tables):
    publish(keys=2, each=1)
    break_event(ledger_tables, "CL-0", 1)
    break_event(ledger_tables, "CL-1", 1)
    apply_batch("orders", records(ledger_tables))
    mend(ledger_tables)
    break_event(ledger_tables, "CL-1", 1)
    words = ["dead-letters", "replay-all", "orders", "--by", "nick.reyes"]
    done = CliRunner().invoke(program, words)
    assert done.exit_code == 1
    said = done.output
    assert (
        "Handled 1 dead letter; 1 failed again:" in said and "CL-1" in said and "CL-0" not in said
    )
    mend(ledger_tables)
    assert CliRunner().invoke(program, words).exit_code == 0


def test_an_administrator_passes_over_an_event_only_with_a_reason_and_what_waited_goes_on(
    ledger_tables,
):
    publish(keys=1, each=4)
    break_event(ledger_tables, "CL-0", 2)
    apply_batch("orders", records(ledger_tables))
    [letter] = list_dead_letters("orders")
    with pytest.raises(Exception, match="Enter the reason"):
        skip("orders", letter.id, by="nick.reyes", reason=" ")
    assert effects(ledger_tables) == {"CL-0": [1]}
    skip("orders", letter.id, by="nick.reyes", reason="made by a wrong import")
    assert effects(ledger_tables) == {"CL-0": [1, 3, 4]}
    with pytest.raises(Exception, match="already settled"):
        replay("orders", letter.id, by="nick.reyes")


def test_a_type_that_nobody_handles_moves_the_position_on_and_leaves_no_journal(ledger_tables):
    from models.shared.listeners.registry import HANDLERS

    publish(keys=2, each=3)
    HANDLERS.clear()
    assert apply_batch("orders", records(ledger_tables)) == Outcome(applied=6)
    found = state(ledger_tables)
    assert [row[2] for row in found["positions"]] == [3, 3]
    assert found["journal"] == []


def test_events_delivered_in_process_get_their_place_when_the_topic_brings_them_later(
    ledger_tables,
):
    publish(keys=1, each=2)
    deliver_pending()
    with psycopg.connect(ledger_tables) as connection:
        query = 'SELECT partition, "offset" FROM orders.journal ORDER BY n'
        assert connection.execute(query).fetchall() == [(None, None), (None, None)]
        connection.rollback()
        lying = records(ledger_tables)
        apply_batch("orders", lying)
        assert connection.execute(query).fetchall() == [(0, record.offset) for record in lying]
        connection.rollback()
        apply_batch("orders", [record._replace(offset=999) for record in lying])
        assert connection.execute(query).fetchall() == [(0, record.offset) for record in lying], (
            "the first stays"
        )
    assert effects(ledger_tables) == {"CL-0": [1, 2]}
