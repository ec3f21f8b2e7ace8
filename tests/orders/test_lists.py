"""Lists of orders: search, filters, order, pages both ways, counts."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from models.orders import queries
from models.orders.queries import (
    OrderFilter,
    count_orders,
    count_orders_and_tabs,
    list_orders,
    list_waiting_orders,
    sum_booked_by_day,
)
from models.orders.tables import Order
from models.shared import clock
from models.shared.transactions import reading
from tests.factories.orders import Ordered, Reserved, Wire, make_reservation

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)


@pytest.fixture
def seven(wire: Wire, place: Callable[..., str]) -> Iterator[list[str]]:
    """Seven orders on seven days, the oldest first; two at the very same moment."""
    numbers = []
    for n in range(7):
        with clock.at(MONDAY + timedelta(days=min(n, 5))):
            numbers.append(
                place(
                    Ordered("CP-20-LTR" if n % 2 else "CS-110-IV", cases=n + 1),
                    actor="jim.halpert" if n < 4 else "dwight.schrute",
                )
            )
    wire.deliver(
        "dm.inventory.reservation.made.v1",
        make_reservation(numbers[1], Reserved(line=1, cases=1, short=1)),
    )
    return numbers


def walk(sort: str, size: int, forwards: bool = True) -> list[str]:
    seen: list[str] = []
    with reading("orders") as session:
        page = list_orders(session, OrderFilter(), sort, size=size)
        while not forwards and page.has_after:
            page = list_orders(session, OrderFilter(), sort, size=size, after=page.last)
        while True:
            numbers = [row.number for row in page.rows]
            seen = seen + numbers if forwards else numbers + seen
            if not (page.has_after if forwards else page.has_before) or not page.rows:
                return seen
            place = {"after": page.last} if forwards else {"before": page.first}
            page = list_orders(session, OrderFilter(), sort, size=size, **place)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("sort", ["newest", "oldest", "total"])
def test_pages_show_every_order_once_in_order_both_ways(
    seven: list[str], sort: str, size: int
) -> None:
    expected = seven if sort == "oldest" else seven[::-1]
    if sort == "total":
        with reading("orders") as session:
            rows = list_orders(session, OrderFilter(), "total").rows
        expected = [
            row.number
            for row in sorted(rows, key=lambda row: (row.total, row.number), reverse=True)
        ]
    assert walk(sort, size) == expected
    assert walk(sort, size, forwards=False) == expected


def placed_at(number: str) -> datetime:
    with reading("orders") as session:
        return session.get_one(Order, number).placed_at


def found(**wanted) -> list[str]:
    with reading("orders") as session:
        return [row.number for row in list_orders(session, OrderFilter(**wanted), "oldest").rows]


def test_search_looks_in_number_client_sku_and_product_name(seven: list[str]) -> None:
    assert found(q=seven[2].lower()) == [seven[2]] == found(q=f"{seven[2].lower()} pine")
    assert found(q="dm-1") == seven and found(q=seven[2][3:]) == [seven[2]], (
        "its beginning, or any part without the letters"
    )
    assert found(q="pine RIDGE") == seven
    assert found(q="cs-110") == seven[::2]
    assert found(q="ivory pine") == seven[::2]
    assert found(q="100%") == found(q="_____________________") == found(q="granite") == []


def test_filters_narrow_by_status_owner_and_day(seven: list[str]) -> None:
    assert found(statuses=("back_ordered",)) == [seven[1]]
    assert found(owner="dwight.schrute") == seven[4:]
    assert found(since=date(2026, 11, 18), until=date(2026, 11, 19)) == seven[2:4]
    tokyo = ZoneInfo("Asia/Tokyo")  # what was placed at noon at the office is of the next day
    in_tokyo = found(since=date(2026, 11, 19), until=date(2026, 11, 20), zone=tokyo)
    by_page = [
        number
        for number in seven
        if date(2026, 11, 19) <= placed_at(number).astimezone(tokyo).date() <= date(2026, 11, 20)
    ]
    assert in_tokyo == by_page != found(since=date(2026, 11, 19), until=date(2026, 11, 20))
    assert found(since=date.min) == found(until=date.max) == seven
    assert found(client_number="CL-1001") == seven and found(client_number="CL-2") == []


def test_counts_are_of_what_the_filter_leaves(seven: list[str]) -> None:
    with reading("orders") as session:
        assert count_orders(session, OrderFilter(owner="jim.halpert")) == (
            4,
            Decimal("41.20") * 4 + Decimal("38.90") * 6,
        )
        assert count_orders(session, OrderFilter(q="granite")) == (0, 0)
        tabs = {
            "mine": 4,
            "drafts": 0,
            "awaiting_approval": 0,
            "back_ordered": 1,
            "reserved": 0,
            "shipped": 0,
        }
        none = dict.fromkeys(tabs, 0)
        asked = OrderFilter(statuses=("reserved",))
        assert count_orders_and_tabs(session, asked, "jim.halpert") == (0, 0, tabs)
        searched = OrderFilter(q="ivory")
        assert count_orders_and_tabs(session, searched, "jim.halpert")[2] == {**none, "mine": 2}
        searched = OrderFilter(q="granite")
        assert count_orders_and_tabs(session, searched, "jim.halpert") == (0, 0, none)
        asked = OrderFilter(owner="jim.halpert")
        whole = count_orders_and_tabs(session, asked, "jim.halpert", list_orders(session, asked))
        part = count_orders_and_tabs(
            session, asked, "jim.halpert", list_orders(session, asked, size=2)
        )
        assert whole == part and part[0] == 4, (
            "a page that holds all is counted itself, another by the database"
        )
        rows, count = list_waiting_orders(session, "jim.halpert", most=2)
    assert ([row.number for row in rows], count) == (seven[:2], 4)


def test_days_are_the_offices_days(wire: Wire, place: Callable[..., str]) -> None:
    with clock.at(datetime(2026, 11, 17, 4, 59, tzinfo=UTC)):  # still Monday in Scranton
        place(Ordered("CS-110-IV", cases=1))
    with reading("orders") as session:
        booked = sum_booked_by_day(session, date(2026, 11, 16), date(2026, 11, 16))
        assert booked == {date(2026, 11, 16): Decimal("41.20")}
        assert sum_booked_by_day(session, date(2026, 11, 17), date(2026, 11, 17)) == {}


def test_what_is_beyond_the_limit_is_taken_for_granted_for_a_while(
    seven: list[str], monkeypatch
) -> None:
    monkeypatch.setattr(queries, "_BEYOND", {})

    def count(uid: str, **wanted) -> int:  # a person each: their statements are kept
        with reading("orders") as session:
            return count_orders_and_tabs(session, OrderFilter(**wanted), uid)[0]

    monkeypatch.setattr(queries, "COUNTED", 2)
    assert count("one") == count("two", statuses=("placed",)) == 3, "counted so far and no further"
    with reading("orders") as session:
        tabs = count_orders_and_tabs(session, OrderFilter(q="pine", owner="jim.halpert"), "seven")[
            2
        ]
    assert set(tabs) == {"drafts"}, "a search that finds more than that has no figures for tabs"
    monkeypatch.undo()
    monkeypatch.setattr(queries, "_BEYOND", {OrderFilter(): clock.now() + queries.KNOWN_FOR})
    assert count("three") == queries.COUNTED + 1
    assert count("four", statuses=("placed",)) == 6, "what can become fewer is counted each time"
    with clock.at(clock.now() + queries.KNOWN_FOR * 2):
        assert count("five") == 7
