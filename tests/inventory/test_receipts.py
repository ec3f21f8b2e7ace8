"""Receipts of several lines: whole or not at all, what they filled, and how they are found."""

from datetime import date

import psycopg
import pytest

from models.inventory.receipts import (
    Goods,
    ReceiptFilter,
    entries_of_receipt,
    get_receipt,
    lines_of_receipt,
    list_filled,
    list_receipts,
    receive_delivery,
    receive_goods,
)
from models.shared.errors import Invalid, NotFound
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered

HOME, BULK = "A-12-3", "BULK"


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def setting(name: str, value: object) -> None:
    page = PulledPage(revision=1, complete=True, records={name: {"revision": 1, "value": value}})
    with transaction("inventory", actor="service:inventory") as session:
        take_page(session, "settings", page)


def goods(sku: str, cases: int, location: str = "", note: str = "") -> Goods:
    return Goods(sku=sku, quantity=cases, location=location, note=note)


@pytest.fixture
def shelves(office: Office) -> Office:
    """Products A and B without stock at HOME, and a place in bulk."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, HOME, BULK)
    add_product("A", location=HOME)
    add_product("B", location=HOME)
    return office


def test_one_receipt_takes_in_several_products_and_names_its_entries(
    shelves: Office, figures, published
):
    lines = [goods("A", 5), goods("B", 2, BULK.lower(), "wet box"), goods("A", 1, BULK)]
    number = by("roy.anderson", receive_delivery, lines, " DN 4711 ", " Tuesday truck ")
    assert number.startswith("RC-")
    assert (figures("A").on_hand, figures("B").on_hand) == (6, 2) and stock_errors() == []
    with reading("inventory") as session:
        receipt = get_receipt(session, number)
        shown = lines_of_receipt(session, receipt)
        entries = entries_of_receipt(session, number)
    assert (receipt.received_by, receipt.reference, receipt.note, receipt.quantity) == (
        "roy.anderson",
        "DN 4711",
        "Tuesday truck",
        8,
    )
    assert [(line.sku, line.quantity, line.location) for line in shown] == [
        ("A", 5, HOME),
        ("B", 2, BULK),
        ("A", 1, BULK),
    ]
    assert [(entry.sku, entry.delta_on_hand, entry.reason) for entry in entries] == [
        ("A", 5, "Tuesday truck"),
        ("B", 2, "wet box"),
        ("A", 1, "Tuesday truck"),
    ]
    told = published("goods.received")
    assert [(each["receipt_number"], each["line"], each["reference"]) for each in told] == [
        (number, n, "DN 4711") for n in (1, 2, 3)
    ]
    assert [each["on_hand"] for each in told] == [5, 2, 6]


def test_a_receipt_with_a_wrong_line_takes_in_nothing_and_names_all_that_is_wrong(
    shelves: Office, figures, published
):
    lines = [goods("A", 5), goods("NOPE", 1, "NOWHERE"), goods("B", 0, "NOWHERE"), goods("", 1)]
    with pytest.raises(Invalid) as refused:
        by("roy.anderson", receive_delivery, lines, "x" * 101, "x" * 501)
    assert set(refused.value.errors) == {
        "reference",
        "note",
        "lines-1-sku",
        "lines-1-location",
        "lines-2-quantity",
        "lines-2-location",
        "lines-3-sku",
    }
    with pytest.raises(Invalid) as empty:
        by("roy.anderson", receive_delivery, [])
    assert set(empty.value.errors) == {"lines"}
    assert figures("A") == Figures(on_hand=0, reserved=0) and published("goods.received") == []
    with reading("inventory") as session:
        assert list_receipts(session, ReceiptFilter()).rows == []
        with pytest.raises(NotFound):
            get_receipt(session, "RC-1001")


def test_a_receipt_fills_the_oldest_back_orders_and_says_which(shelves: Office):
    first = shelves.place(Ordered("A", cases=4), Ordered("B", cases=1))
    second = shelves.place(Ordered("A", cases=3))
    number = by("roy.anderson", receive_delivery, [goods("A", 6), goods("B", 1)])
    idle = by("roy.anderson", receive_delivery, [goods("B", 1)])
    with reading("inventory") as session:
        filled = [(row.order_number, row.sku, row.quantity) for row in list_filled(session, number)]
        assert list_filled(session, idle) == []
        found = list_receipts(session, ReceiptFilter(filled=True)).rows
    assert filled == [(first, "A", 4), (first, "B", 1), (second, "A", 2)]
    assert [(row.number, row.filled) for row in found] == [(number, 7)]


def test_where_orders_are_reserved_whole_a_receipt_fills_them_with_all_its_lines(
    shelves: Office, clean_database: str
):
    setting("reservation_mode", "all")
    number = shelves.place(Ordered("A", cases=4), Ordered("B", cases=1))
    receipt = by("roy.anderson", receive_delivery, [goods("A", 4), goods("B", 1)])
    with reading("inventory") as session:
        filled = list_filled(session, receipt)
    assert [(row.order_number, row.sku, row.quantity) for row in filled] == [
        (number, "A", 4),
        (number, "B", 1),
    ]


def test_receipts_are_found_by_number_reference_product_and_day(shelves: Office):
    one = by("roy.anderson", receive_delivery, [goods("A", 1), goods("B", 9)], "Müller 88")
    two = by("darryl.philbin", receive_goods, "B", 2, "Tuesday truck")

    def found(sort: str = "", **wanted) -> list[str]:
        with reading("inventory") as session:
            return [
                row.number for row in list_receipts(session, ReceiptFilter(**wanted), sort).rows
            ]

    assert found() == [two, one] and found("oldest") == [one, two] and found("cases") == [one, two]
    assert found(q="muller") == [one] and found(q="Paper B") == [two, one]
    assert found(q="tuesday") == found(q=two.lower()) == [two]
    assert found(q="nothing") == []
    assert found(until=date(2020, 1, 1)) == [] and found(since=date(2020, 1, 1)) == [two, one]


def test_a_receipt_from_before_receipts_had_lines_is_shown_and_found(
    shelves: Office, clean_database: str
):
    with psycopg.connect(clean_database, autocommit=True) as before:
        before.execute(
            "INSERT INTO inventory.receipt (number, sku, quantity, note, received_by, received_at)"
            " VALUES ('GR-3001', 'A', 4, 'Big Truck', 'roy.anderson', now())"
        )
    with reading("inventory") as session:
        rows = list_receipts(session, ReceiptFilter(q="truck gr-3001")).rows
        lines = lines_of_receipt(session, get_receipt(session, "GR-3001"))
    assert [(row.number, row.name, row.products, row.quantity) for row in rows] == [
        ("GR-3001", "Paper A", 1, 4)
    ]
    assert [(line.sku, line.quantity, line.location) for line in lines] == [("A", 4, "")]


def test_the_database_lets_nobody_change_what_a_receipt_filled_without_its_order(
    shelves: Office, clean_database: str
):
    number = by("roy.anderson", receive_delivery, [goods("A", 1)])
    with (
        psycopg.connect(clean_database) as connection,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
    ):
        connection.execute(
            "INSERT INTO inventory.receipt_fill VALUES (%s, 'DM-1', 1, 'A', 1)", [number]
        )
