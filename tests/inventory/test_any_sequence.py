"""Property test: orders come and are given up, late, doubled and crosswise; each is answered once
and nothing is oversold, also when goods that they were promised turn out not to have come.
"""

from collections import Counter
from contextlib import suppress
from itertools import count
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.inventory.receipt_corrections import correct_receipt, void_receipt
from models.inventory.receipts import receive_goods
from models.shared.errors import DomainError
from models.shared.listeners.interface import apply_batch
from models.shared.transactions import transaction
from tests.factories.inventory import Office, add_product, stock_errors
from tests.factories.orders import Ordered

LINES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 9)),
    min_size=1,
    max_size=3,
    unique_by=lambda line: line[0],
)
RUNS = count(1)
ORDERS = st.lists(st.tuples(LINES, st.booleans()), min_size=1, max_size=6)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(orders=ORDERS, data=st.data())
def test_orders_that_come_late_doubled_or_crosswise_are_each_answered_once(
    orders: list[tuple[list[tuple[str, int]], bool]],
    data: st.DataObject,
    office: Office,
    database: str,
    published: Any,
) -> None:
    run = f"RUN{next(RUNS)}-"
    for sku in "ABC":
        add_product(run + sku, data.draw(st.integers(0, 12)))
    placed = [
        office.placed(*(Ordered(run + sku, cases=cases) for sku, cases in lines))
        for lines, _ in orders
    ]
    numbers = [event.key.decode() for event in placed if event.key]
    regretted = [
        number for number, (_, is_regretted) in zip(numbers, orders, strict=True) if is_regretted
    ]
    events = placed + [office.given_up(number) for number in regretted]
    arriving = data.draw(
        st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=6)))
    )
    for n, event in enumerate(arriving):
        assert apply_batch("inventory", [event]).dead == 0
        if n == len(arriving) // 2:
            with transaction("inventory", actor="darryl.philbin") as session:
                receipt = receive_goods(session, run + "A", 5)
        assert stock_errors() == []

    with suppress(DomainError), transaction("inventory", actor="darryl.philbin") as session:
        if cases := data.draw(st.integers(0, 9)):
            correct_receipt(session, receipt, {1: cases}, "Typed wrong", 1)
        else:
            void_receipt(session, receipt, "Posted twice", 1)
    assert stock_errors() == []

    first = Counter(
        told["order_number"] for told in published("reservation.made") if told["cause"] == "placed"
    )
    assert {number: first[number] for number in numbers} == dict.fromkeys(numbers, 1)
    released = Counter(told["order_number"] for told in published("reservation.released"))
    assert {number: released[number] for number in numbers if released[number]} == dict.fromkeys(
        regretted, 1
    )
    before = _all(database)
    apply_batch("inventory", data.draw(st.permutations(arriving)))
    assert _all(database) == before, "all of it once more, and nothing moved"


def _all(database: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return [
            connection.execute(f"SELECT * FROM inventory.{table} ORDER BY 1, 2").fetchall()
            for table in ("stock", "demand_line", "ledger", "shipment", "outbox")
        ]
