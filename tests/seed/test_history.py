"""The seed makes the whole history by commands and events, the same on every run."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from areas import SCHEMAS
from models.inventory.consistency import find_stock_errors
from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from models.shared.listeners.delivery import deliver_pending
from models.shared.transactions import reading
from stack.seed import seed
from stack.seed.people import people
from tests.conftest import EMPTY

pytestmark = pytest.mark.long  # minutes of history at one fixed end; make test seeds for its stacks
OFFSET = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?([^"]*)"')
END = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def history(database: str) -> Iterator[psycopg.Connection]:
    """A database that the seed has filled, once for all tests here."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(EMPTY)
        told: list[str] = []
        assert seed(END, told.append)
        assert len(told) in (8, 9)
        assert told[0].endswith("(0 %)")
        yield connection
        connection.execute(EMPTY)


def one(connection: psycopg.Connection, query: str) -> int:
    return connection.execute(query).fetchone()[0]  # type: ignore[index]


def test_every_moment_of_every_event_is_in_utc(history: psycopg.Connection):
    seen = 0
    for schema in SCHEMAS:
        for (raw,) in history.execute(f"SELECT envelope FROM {schema}.outbox"):
            moments = OFFSET.findall(raw.decode())
            seen += len(moments)
            assert set(moments) <= {"Z"}, raw
    assert seen > 10_000


def test_there_are_orders_in_every_state(history: psycopg.Connection):
    states = Counter(
        dict(
            history.execute(
                'SELECT status, count(*) FROM orders."order" GROUP BY status'
            ).fetchall()
        )
    )
    assert states.total() == 400
    assert set(states) == {
        "placed",
        "reserved",
        "back_ordered",
        "partly_shipped",
        "shipped",
        "delivered",
        "cancelling",
        "cancelled",
    }
    assert states["delivered"] > 200 and states["back_ordered"] + states["partly_shipped"] >= 10


def test_there_are_parcels_at_every_step(history: psycopg.Connection):
    steps = {
        status
        for (status,) in history.execute(
            "SELECT DISTINCT status FROM inventory.shipment"
        ).fetchall()
    }
    assert steps == {"waiting", "picked", "packed", "dispatched", "delivered", "called_off"}
    assert (
        one(
            history,
            "SELECT count(*) FROM inventory.shipment WHERE picked_at > now() OR packed_at > now()",
        )
        == 0
    )


def test_there_are_the_products_and_clients(history: psycopg.Connection):
    assert one(history, "SELECT count(*) FROM inventory.product") == 120
    assert one(history, "SELECT count(*) FROM sales.client") == 60
    assert one(history, "SELECT count(*) FROM orders.client") == 60


def test_there_are_leads_in_every_stage_and_most_later_clients_were_leads(
    history: psycopg.Connection,
):
    stages = dict(
        history.execute("SELECT stage, count(*) FROM sales.lead GROUP BY stage").fetchall()
    )
    assert set(stages) == {"new", "contacted", "qualified", "proposal", "converted", "lost"}
    assert all(count >= 4 for count in stages.values()), stages
    assert (
        one(
            history,
            "SELECT count(*) FROM sales.lead l JOIN sales.client c ON c.number = l.client_number",
        )
        >= 12
    )
    assert (
        one(
            history,
            "SELECT count(*) FROM sales.lead WHERE created_at > now() OR stage_since > now()",
        )
        == 0
    )
    due = "SELECT count(*) FROM sales.lead WHERE stage IN ('new','contacted','qualified','proposal') AND "
    assert one(history, due + "next_kind = ''") and one(history, due + "next_on <= current_date")


def test_there_are_expenses_in_every_state_with_receipts_decisions_and_runs(
    history: psycopg.Connection,
):
    states = dict(
        history.execute("SELECT status, count(*) FROM finance.expense GROUP BY status").fetchall()
    )
    assert set(states) == {
        "draft",
        "submitted",
        "with_accounting",
        "sent_back",
        "approved",
        "partly_approved",
        "refused",
        "reimbursed",
    }
    assert states["reimbursed"] > 25 and states["submitted"] >= 5
    assert (
        one(
            history,
            "SELECT count(DISTINCT approver) FROM finance.expense WHERE status = 'submitted'",
        )
        >= 3
    )
    assert (
        one(history, "SELECT count(*) FROM finance.run") >= 5
        and one(history, "SELECT count(*) FROM finance.voucher") > 50
    )
    assert (
        one(
            history,
            "SELECT count(*) FROM finance.expense_line WHERE amount > 25 AND NOT EXISTS (SELECT FROM "
            "finance.voucher v WHERE (v.expense_number, v.line) = (expense_line.expense_number, expense_line.line))",
        )
        == 0
    ), "policy asked for each of them"
    assert one(history, "SELECT count(*) FROM finance.decision WHERE step = 'accounting'") >= 2
    asked = "SELECT count(*) FROM notifications.notification WHERE kind = '{}' AND recipient = '{}'"
    assert one(history, asked.format("expense_to_approve", "michael.scott")) == 3
    assert one(history, asked.format("expense_to_check", "angela.martin")) == 2


def test_one_stock_take_is_booked_with_small_differences_and_one_is_being_counted(
    history: psycopg.Connection,
):
    states = history.execute(
        "SELECT status, count(*) FROM inventory.stock_take GROUP BY status ORDER BY status"
    ).fetchall()
    assert states == [("confirmed", 1), ("open", 1)]
    booked = history.execute(
        "SELECT delta_on_hand FROM inventory.ledger WHERE kind = 'adjustment' AND reference LIKE 'ST-%'"
    )
    deltas = [delta for (delta,) in booked.fetchall()]
    assert deltas and all(0 < abs(delta) <= 2 for delta in deltas), deltas
    assert (
        one(
            history,
            "SELECT count(*) FROM inventory.stock_take WHERE status = 'confirmed' AND ended_at < now()",
        )
        == 1
    )
    lines = (
        "SELECT count(*) FROM inventory.stock_take_line l JOIN inventory.stock_take t "
        "USING (number) WHERE t.status = 'open' "
    )
    assert one(history, lines + "AND counted IS NULL") and one(
        history, lines + "AND counted <> booked"
    )


def test_one_receipt_was_corrected_and_one_voided(history: psycopg.Connection):
    query = "SELECT count(*) FROM inventory.receipt WHERE "
    assert one(history, query + "version > 1 AND voided_at IS NULL") == 1
    assert one(history, query + "voided_at IS NOT NULL") == 1


def test_each_person_has_something_unread_but_not_everything(history: psycopg.Connection):
    unread = dict(
        history.execute(
            "SELECT recipient, count(*) FROM notifications.notification WHERE read_at IS NULL "
            "GROUP BY recipient"
        ).fetchall()
    )
    assert set(unread) == {person.uid for person in people()}
    assert all(1 <= amount <= 120 for amount in unread.values()), unread
    assert (
        one(history, "SELECT count(*) FROM notifications.notification WHERE read_at IS NOT NULL")
        > 500
    )


def test_no_event_died_and_none_waits(history: psycopg.Connection):
    for schema in LISTENERS:
        assert one(history, f"SELECT count(*) FROM {schema}.dead_letter") == 0
        assert one(history, f"SELECT count(*) FROM {schema}.held_event") == 0


def test_the_past_lies_in_the_past_and_ends_at_the_end(history: psycopg.Connection):
    first, last = history.execute(
        'SELECT min(placed_at), max(placed_at) FROM orders."order"'
    ).fetchone()  # type: ignore[misc]
    assert END - timedelta(weeks=8, days=1) < first < END - timedelta(weeks=7, days=4)
    assert END - timedelta(minutes=2) < last < END
    for schema in PUBLISHERS:
        assert one(history, f"SELECT count(*) FROM {schema}.outbox WHERE created_at > now()") == 0


def test_nothing_is_published_yet_and_the_relay_will_send_it_all(history: psycopg.Connection):
    for schema in ("sales", "orders", "inventory", "finance", "notifications"):
        assert one(history, f"SELECT count(*) FROM {schema}.outbox") > 50
        assert (
            one(history, f"SELECT count(*) FROM {schema}.outbox WHERE published_at IS NOT NULL")
            == 0
        )


def test_a_second_seed_changes_nothing(history: psycopg.Connection):
    before = one(history, "SELECT count(*) FROM orders.outbox")
    assert not seed(END)
    assert one(history, "SELECT count(*) FROM orders.outbox") == before


def test_the_shelves_are_what_the_ledger_adds_up_to(history: psycopg.Connection):
    with reading("inventory") as session:
        assert find_stock_errors(session) == []


def test_the_workers_finish_what_was_left_in_motion(history: psycopg.Connection):
    deliver_pending()
    states = dict(
        history.execute('SELECT status, count(*) FROM orders."order" GROUP BY status').fetchall()
    )
    assert "placed" not in states and "cancelling" not in states
