"""A posted receipt is corrected or voided while its goods are there; books and orders follow."""

import psycopg
import pytest

from models.inventory.commands import StepDetails, advance_shipment
from models.inventory.queries import shipments_of_order
from models.inventory.receipt_corrections import (
    correct_receipt,
    preview_correction,
    preview_voiding,
    void_receipt,
)
from models.inventory.receipts import (
    Goods,
    entries_of_receipt,
    get_receipt,
    list_filled,
    receive_delivery,
)
from models.inventory.transfers import transfer_stock
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.records.history import list_history
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered
from tests.factories.races import do_at_once

HOME, BULK = "A-12-3", "BULK"


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def goods(sku: str, cases: int, location: str = "") -> Goods:
    return Goods(sku=sku, quantity=cases, location=location)


def received(*lines: Goods) -> str:
    return by("roy.anderson", receive_delivery, list(lines), "DN 4711")


def lines_and_entries(number: str) -> tuple[list[int], list[tuple[str, int]]]:
    with reading("inventory") as session:
        return (
            [line.quantity for line in get_receipt(session, number).lines],
            [(each.sku, each.delta_on_hand) for each in entries_of_receipt(session, number)],
        )


@pytest.fixture
def shelves(office: Office) -> Office:
    """Products A and B without stock at HOME, and a place in bulk."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, HOME, BULK)
    add_product("A", location=HOME)
    add_product("B", location=HOME)
    return office


def test_a_corrected_quantity_moves_the_stock_by_the_difference_and_says_why(
    shelves: Office, figures, published
):
    number = received(goods("A", 60), goods("B", 2, BULK), goods("A", 1, BULK))
    by("darryl.philbin", correct_receipt, number, {1: 6, 2: 5, 3: 1}, " Typed 60 ", 1)
    assert (figures("A").on_hand, figures("B").on_hand) == (7, 5) and stock_errors() == []
    quantities, entries = lines_and_entries(number)
    assert quantities == [6, 5, 1]
    assert entries[3:] == [("B", 3), ("A", -54)], "what stands in the ledger is never changed"
    told = published("receipt.corrected")
    assert [(each["line"], each["quantity_before"], each["quantity"]) for each in told] == [
        (1, 60, 6),
        (2, 2, 5),
    ]
    assert told[0]["reason"] == "Typed 60" and told[0]["received_by"] == "roy.anderson"
    assert (told[0]["corrected_by"], told[0]["on_hand"]) == ("darryl.philbin", 7)
    with reading("inventory") as session:
        receipt = get_receipt(session, number)
        last = list_history(session, "receipt", number)[0]
    assert (receipt.quantity, receipt.status, receipt.version) == (12, "corrected", 2)
    assert (last.what, last.actor) == ("corrected", "darryl.philbin")
    assert last.changes == {"reason": "Typed 60", "lines": {"1": [60, 6], "2": [2, 5]}}


def test_a_voided_receipt_takes_its_goods_out_again_and_keeps_what_it_said(
    shelves: Office, figures, published
):
    number = received(goods("A", 6), goods("B", 2, BULK))
    by("darryl.philbin", void_receipt, number, "Posted twice", 1)
    assert (figures("A").on_hand, figures("B").on_hand) == (0, 0) and stock_errors() == []
    assert lines_and_entries(number) == ([6, 2], [("A", 6), ("B", 2), ("A", -6), ("B", -2)])
    assert [(each["sku"], each["quantity"]) for each in published("receipt.voided")] == [
        ("A", 6),
        ("B", 2),
    ]
    with reading("inventory") as session:
        receipt = get_receipt(session, number)
    assert (receipt.quantity, receipt.status) == (8, "voided")
    for again in (
        lambda: by("darryl.philbin", void_receipt, number, "Again", 2),
        lambda: by("darryl.philbin", correct_receipt, number, {1: 7}, "Again", 2),
    ):
        with pytest.raises(DomainError, match="voided already"):
            again()


def test_goods_that_are_no_longer_there_are_refused_with_what_is_left_and_what_to_do(
    shelves: Office, figures
):
    number = received(goods("A", 10))
    order = shelves.place(Ordered("A", cases=3))
    with reading("inventory") as session:
        (parcel,) = shipments_of_order(session, order)
    by("roy.anderson", advance_shipment, parcel.number, "pick", 1, StepDetails())
    by("roy.anderson", transfer_stock, "A", HOME, BULK, 2)
    with pytest.raises(Invalid) as refused:
        by("darryl.philbin", correct_receipt, number, {1: 4}, "Typed 10", 1)
    assert refused.value.errors == {
        "quantity-1": "Only 5 cases of Paper A are left at A-12-3 to remove. Transfer the others "
        "back there, or undo their pick, and try again; or enter 5 or more."
    }
    with pytest.raises(DomainError, match="Only 5 cases of Paper A are left") as gone:
        by("darryl.philbin", void_receipt, number, "Posted twice", 1)
    assert gone.value.code == "gone"
    assert figures("A") == Figures(on_hand=10, reserved=3)
    by("darryl.philbin", correct_receipt, number, {1: 5}, "Typed 10", 1)
    assert figures("A") == Figures(on_hand=5, reserved=3) and stock_errors() == []


def test_what_was_reserved_of_goods_that_never_came_goes_back_latest_order_first(
    shelves: Office, figures, published
):
    old = shelves.place(Ordered("A", cases=4))
    new = shelves.place(Ordered("A", cases=5), Ordered("B", cases=1))
    number = received(goods("A", 9), goods("B", 1))
    with reading("inventory") as session:
        effects = preview_correction(session, number, {1: 6})
    assert effects.orders == [new] and effects.delta == -3
    by("darryl.philbin", correct_receipt, number, {1: 6}, "Typed 9", 1)
    assert figures("A") == Figures(on_hand=6, reserved=6) and figures("B").reserved == 1
    assert stock_errors() == []
    (told,) = [each for each in published("reservation.made", new) if each["cause"] == "correction"]
    assert [(line["reserved"], line["short"]) for line in told["lines"]] == [(2, 3), (1, 0)]
    assert [each["order_number"] for each in published("shipment.cancelled")] == [new]
    with reading("inventory") as session:
        assert [
            (row.order_number, row.sku, row.quantity) for row in list_filled(session, number)
        ] == [
            (old, "A", 4),
            (new, "A", 2),
            (new, "B", 1),
        ]
        assert [row.status for row in shipments_of_order(session, old)] == ["waiting"]
    by("darryl.philbin", void_receipt, number, "Posted twice", 2)
    assert figures("A") == Figures(on_hand=0, reserved=0) and stock_errors() == []
    assert published("reservation.made", old)[-1]["cause"] == "correction"
    with reading("inventory") as session:
        assert list_filled(session, number) == []


def test_more_than_was_posted_serves_who_waits(shelves: Office, figures, published):
    order = shelves.place(Ordered("A", cases=9))
    number = received(goods("A", 6))
    by("darryl.philbin", correct_receipt, number, {1: 60}, "Typed 6", 1)
    assert figures("A") == Figures(on_hand=60, reserved=9) and stock_errors() == []
    assert published("reservation.made", order)[-1]["cause"] == "receipt"
    with reading("inventory") as session:
        assert get_receipt(session, number).filled == 9


def test_a_correction_that_cannot_be_meant_changes_nothing(shelves: Office, figures):
    number = received(goods("A", 6), goods("B", 2))
    for quantities, field in (
        ({1: -1}, "quantity-1"),
        ({2: 100_001}, "quantity-2"),
        ({7: 1}, "quantity-7"),
        ({1: 0, 2: 0}, "quantity-1"),
    ):
        with pytest.raises(Invalid) as refused:
            by("darryl.philbin", correct_receipt, number, quantities, "why", 1)
        assert field in refused.value.errors
    with pytest.raises(DomainError, match="quantities that were received"):
        by("darryl.philbin", correct_receipt, number, {1: 6}, "why", 1)
    for command, args in ((correct_receipt, ({1: 5},)), (void_receipt, ())):
        with pytest.raises(Invalid, match="marked") as nameless:
            by("darryl.philbin", command, number, *args, " ", 1)
        assert set(nameless.value.errors) == {"reason"}
        with pytest.raises(Stale):
            by("darryl.philbin", command, number, *args, "why", 2)
        with pytest.raises(NotFound):
            by("darryl.philbin", command, "RC-1", *args, "why", 1)
    assert (figures("A").on_hand, figures("B").on_hand) == (6, 2)
    by("darryl.philbin", correct_receipt, number, {1: 0}, "It was B", 1)
    assert lines_and_entries(number)[0] == [0, 2] and stock_errors() == []


def test_of_two_who_void_at_once_one_does(shelves: Office, figures):
    number = received(goods("A", 6))
    answers = do_at_once(
        *[lambda: by("darryl.philbin", void_receipt, number, "Posted twice", 1)] * 2
    )
    assert sorted(map(type, answers), key=lambda kind: kind.__name__) == [type(None), Stale]
    assert figures("A").on_hand == 0 and stock_errors() == []


def test_a_receipt_from_before_receipts_had_lines_is_corrected_too(
    shelves: Office, figures, clean_database: str
):
    number = received(goods("A", 6))
    with psycopg.connect(clean_database, autocommit=True) as before:
        before.execute("DELETE FROM inventory.receipt_line")
    with reading("inventory") as session:
        assert preview_voiding(session, number).delta == -6
    by("darryl.philbin", correct_receipt, number, {1: 4}, "Typed 6", 1)
    assert figures("A").on_hand == 4 and stock_errors() == []
