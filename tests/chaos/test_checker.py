"""The checker is proved: it finds nothing where nothing is wrong, names what is planted, and turns red over each of
three mechanisms that are taken out here, each beside the same story with the mechanism in.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from consumers.relay import outboxes, process
from consumers.relay.outboxes import Report
from models.inventory import handlers, stock
from models.inventory.tables import LedgerEntry, Stock
from models.orders.commands import place_order, request_cancellation
from models.orders.new_order import NewLine, NewOrder, Product
from models.shared import clock
from models.shared.database.context import current_actor, current_correlation
from models.shared.events.catalogue import BY_TYPE, LISTENERS, PUBLISHERS
from models.shared.events.envelope import encode
from models.shared.listeners.batches import Work
from models.shared.listeners.delivery import deliver_pending
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import transaction
from models.wuphf.people import KnownPerson, replace_people
from settings import settings
from tests.chaos.anomalies import Anomaly
from tests.chaos.checking_events import check_events, check_topics
from tests.chaos.checking_state import check_deeds, check_rebuild, check_records
from tests.chaos.deeds import SKUS, Deed
from tests.chaos.office import furnish
from tests.chaos.positions import Positions
from tests.chaos.topics import read_topics
from tests.consumers.conftest import Processes, processes, wait_for  # noqa: F401  a fixture
from tests.web_client import known_people

ALL_OUTBOXES = "; ".join(
    f"UPDATE {schema}.outbox SET published_at = {{0}}" for schema in PUBLISHERS
)


class World:
    """A furnished office whose events are carried in this process; `history` is what people were told."""

    def __init__(self, dsn: str) -> None:
        self.dsn, self.history = dsn, list[Deed]()
        with transaction("notifications", actor="service:test") as session:
            replace_people(
                session,
                [
                    KnownPerson(uid=uid, name=entry.name, groups=sorted(entry.groups))
                    for uid, entry in known_people().items()
                ],
                "test",
            )
        self.client = furnish()
        self.carry()

    def order(self, sku: str = SKUS[0], cases: int = 2) -> Deed:
        """Somebody orders and is told the number."""
        deed = Deed("order", f"mark-{len(self.history)}", cases, sku, "done", by="jim.halpert")
        offers = {sku: Product(sku=sku, name=f"Paper {sku}", unit_price=Decimal(20))}
        with transaction("orders", actor="jim.halpert") as session:
            deed.number = place_order(
                session,
                NewOrder(
                    client_number=self.client,
                    products=offers,
                    purchase_order=deed.mark,
                    owner_name="Jim Halpert",
                    lines=[NewLine(sku=sku, quantity=cases)],
                ),
            )
        self.history.append(deed)
        return deed

    def carry(self) -> None:
        """Everything unpublished goes to everybody, and counts as published."""
        deliver_pending(as_of_event=False)
        self.execute(ALL_OUTBOXES.format("coalesce(published_at, now())"))

    def carry_badly(self) -> None:
        """Everything goes to everybody backwards and twice, and counts as published."""
        while records := self._unpublished():
            self.execute(ALL_OUTBOXES.format("coalesce(published_at, now())"))
            for listener, topics in LISTENERS.items():
                heard = [record for record in records if record.topic in topics]
                for record in (*reversed(heard), *reversed(heard)):
                    apply_batch(listener, [record])

    def _unpublished(self) -> list[Incoming]:
        with psycopg.connect(self.dsn) as connection:
            rows = [
                row
                for schema in PUBLISHERS
                for row in connection.execute(
                    f"SELECT topic, key, envelope FROM {schema}.outbox WHERE published_at IS NULL ORDER BY id"
                )
            ]
        return [
            Incoming(topic, None, None, key.encode(), envelope) for topic, key, envelope in rows
        ]

    def await_published(self) -> None:
        """Returns when the relay has nothing left to do."""
        wait_for(
            "all published",
            lambda: self.execute("SELECT 1 FROM orders.outbox WHERE published_at IS NULL") == 0,
            60,
        )

    def execute(self, statement: str) -> int:
        """Rows that the superuser changed."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(statement).rowcount

    def check(self) -> list[Anomaly]:
        """What the checker finds, the topics aside."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return [
                *check_events(connection),
                *check_deeds(connection, self.history),
                *check_records(connection),
                *check_rebuild(connection),
            ]


@pytest.fixture
def world(clean_database: str) -> World:
    return World(clean_database)


DAMAGES = (
    (
        "lost write",
        """UPDATE orders."order" SET purchase_order = '' WHERE purchase_order = 'mark-0'""",
    ),
    (
        "duplicate",
        """UPDATE orders."order" SET purchase_order = 'mark-2' WHERE purchase_order = 'mark-1'""",
    ),
    (
        "unseen",
        "UPDATE inventory.last_sequence SET sequence = 0 WHERE topic = 'dm.orders.lifecycle' AND key = 'DM-100003'",
    ),
    ("unseen", "UPDATE orders.outbox SET published_at = NULL WHERE key = 'DM-100003'"),
    ("lost write", "DELETE FROM inventory.journal WHERE key = 'DM-100002'"),
    (
        "aborted read",
        "UPDATE notifications.journal SET event_id = gen_random_uuid() WHERE key = 'DM-100002'",
    ),
    (
        "non-monotonic",
        "DELETE FROM orders.timeline WHERE order_number = 'DM-100001' AND sequence = 1",
    ),
    ("non-monotonic", "DELETE FROM inventory.outbox WHERE key = 'DM-100003' AND sequence = 1"),
    ("wrong total", f"UPDATE inventory.stock SET on_hand = on_hand + 1 WHERE sku = '{SKUS[1]}'"),
    (
        "wrong total",
        "UPDATE orders.order_line SET reserved = 0, short = 2 WHERE order_number = 'DM-100001'",
    ),
    (
        "wrong total",
        """UPDATE orders.outbox SET envelope = convert_to(regexp_replace(convert_from(envelope, 'UTF8'),
        '"unit_price": *"20(.00)?"', '"unit_price":"20.01"'), 'UTF8') WHERE key = 'DM-100001'
        AND type = 'dm.orders.order.placed.v1'""",
    ),
    ("lost write", "DELETE FROM notifications.notification WHERE subject_key = 'DM-100001'"),
)


def test_it_finds_nothing_where_nothing_is_wrong_and_names_what_is_planted(world: World):
    for _ in range(4):
        world.order()
    world.carry()
    assert world.check() == []
    refused = Deed("order", "mark-3", outcome="refused", why="sold out")
    assert [found.kind for found in _new(world, lambda: world.history.append(refused))] == [
        "aborted read"
    ]
    for kind, damage in DAMAGES:
        changed = []
        found = _new(
            world, lambda damage=damage, changed=changed: changed.append(world.execute(damage))
        )
        assert changed[0] > 0, f"nothing to damage: {damage}"
        assert kind in {each.kind for each in found}, damage


def test_a_position_that_goes_back_while_it_is_watched_is_found_though_it_is_right_in_the_end(
    world: World,
):
    world.order()
    world.carry()
    watch = Positions(world.dsn)
    watch.read()
    world.execute("UPDATE orders.last_sequence SET sequence = sequence - 1")
    watch.read()
    world.execute("UPDATE orders.last_sequence SET sequence = sequence + 1")
    watch.read()
    assert world.check() == []
    assert {found.kind for found in watch.found} == {"non-monotonic"}


def _new(world: World, damage: Callable[[], object]) -> set[Anomaly]:
    before = set(world.check())
    damage()
    return set(world.check()) - before


@pytest.mark.parametrize("checked", [True, False], ids=["with the sequence check", "without it"])
def test_events_that_come_twice_and_backwards_are_harmless_until_the_sequence_check_is_taken_out(
    world: World, monkeypatch: pytest.MonkeyPatch, checked: bool
):
    for _ in range(3):
        world.order()
    with transaction("orders", actor="jim.halpert") as session:
        request_cancellation(session, world.history[0].number, "They changed their mind.", 1)
    if not checked:
        monkeypatch.setattr(Work, "take", Work.apply)
    world.carry_badly()
    found = world.check()
    assert (found == []) is checked
    assert checked or {"unseen", "non-monotonic"} <= {each.kind for each in found}


class Dies(Exception):
    """The relay's process ends here."""


def send_and_die(self: process.Relay, connection: psycopg.Connection, producer: object) -> None:
    """As the relay does it, killed before it marks."""
    process.send(producer, outboxes.unpublished(connection))
    raise Dies


def mark_and_die(self: process.Relay, connection: psycopg.Connection, producer: object) -> None:
    """The wrong way round, killed before it sends."""
    outboxes.mark(
        connection, [(event, Report(None, 0, -1)) for event in outboxes.unpublished(connection)]
    )
    raise Dies


@pytest.mark.parametrize(
    ("dying", "is_right"),
    [(send_and_die, True), (mark_and_die, False)],
    ids=["sent first", "marked first"],
)
def test_a_relay_that_dies_in_between_loses_nothing_unless_it_marks_before_it_sends(
    world: World,
    processes: Processes,  # noqa: F811  a fixture of the consumers' tests
    monkeypatch: pytest.MonkeyPatch,
    dying: Callable,
    is_right: bool,
):
    processes.broker()
    for _ in range(3):
        world.order()
    with monkeypatch.context() as patched, pytest.raises(Dies):
        patched.setattr(process.Relay, "_publish_all", dying)
        process.Relay("orders", threading.Event()).run()
    with running_relay():
        world.await_published()
    records = read_topics(settings().kafka_bootstrap)
    for listener, topics in LISTENERS.items():
        heard = [event for event in records if event.type in topics_of(topics)]
        apply_batch(
            listener,
            [Incoming(BY_TYPE[event.type].topic, 0, None, None, encode(event)) for event in heard],
        )
    world.carry()
    with psycopg.connect(world.dsn) as connection:
        _, lying = check_topics(connection, records)
    found = [each for each in lying if "order.placed" in each.what] + world.check()
    assert (found == []) is is_right
    assert is_right or {"lost write", "unseen"} <= {each.kind for each in found}


def topics_of(topics: tuple[str, ...]) -> set[str]:
    """The types that lie on these topics."""
    return {type_ for type_, kind in BY_TYPE.items() if kind.topic in topics}


@contextmanager
def running_relay() -> Iterator[None]:
    """The product's relay of orders, in a thread, while the block lasts."""
    stopping = threading.Event()
    thread = threading.Thread(target=process.Relay("orders", stopping).run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)


def unlocked(session: Session, skus: Iterable[str]) -> dict[str, Stock]:
    """Reads the stock and holds nobody off."""
    query = select(Stock).where(Stock.sku.in_(set(skus)))
    return {
        row.sku: row for row in session.scalars(query.execution_options(populate_existing=True))
    }


def read_then_write(meeting: threading.Barrier) -> Callable[..., None]:
    """Moves stock as if nobody else did: reads, works out the sum, writes it.

    `meeting` brings two to that point at once.
    """

    def move(
        session: Session,
        sku: str,
        kind: str,
        *,
        on_hand: int = 0,
        reserved: int = 0,
        reference: str,
    ) -> None:
        row = session.execute(select(Stock.on_hand, Stock.reserved).where(Stock.sku == sku)).one()
        with suppress(threading.BrokenBarrierError):
            meeting.wait(5)
        session.execute(
            update(Stock)
            .where(Stock.sku == sku)
            .values(on_hand=row.on_hand + on_hand, reserved=row.reserved + reserved)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            insert(LedgerEntry).values(
                sku=sku,
                kind=kind,
                delta_on_hand=on_hand,
                delta_reserved=reserved,
                reference=reference,
                reason="",
                actor=current_actor(session),
                at=clock.now(),
                correlation_id=current_correlation(session),
            )
        )

    return move


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "unlocked"])
def test_two_that_reserve_at_once_make_right_sums_unless_the_reservation_is_unlocked(
    world: World, monkeypatch: pytest.MonkeyPatch, locked: bool
):
    for _ in range(2):
        world.order()
    if not locked:
        monkeypatch.setattr(stock, "lock_stock", unlocked)
        monkeypatch.setattr(handlers, "lock_stock", unlocked)
        monkeypatch.setattr(stock, "move", read_then_write(threading.Barrier(2)))
    with psycopg.connect(world.dsn) as connection:
        placed = connection.execute(
            "SELECT topic, key, envelope FROM orders.outbox ORDER BY id"
        ).fetchall()
    both = [
        threading.Thread(
            target=apply_batch,
            args=("inventory", [Incoming(row[0], 0, None, row[1].encode(), row[2])]),
        )
        for row in placed
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    monkeypatch.undo()
    world.carry()
    found = world.check()
    assert (found == []) is locked
    assert locked or "wrong total" in {each.kind for each in found}
