"""Prices, adjustments, stock-takes, watchers, the settings of the warehouse, undoing a step."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from models.inventory import adjustments, commands, products, stock_takes
from models.inventory.locations import create_location
from models.inventory.products import ProductChange
from models.inventory.queries import get_product
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.records.history import list_history
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_product, stock_errors
from tests.factories.orders import Ordered


def setting(name: str, value) -> None:
    with transaction("inventory", actor="service:inventory") as session:
        take_page(
            session,
            "settings",
            PulledPage(revision=1, complete=True, records={name: {"revision": 1, "value": value}}),
        )


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def test_a_changed_price_is_history_and_a_second_editor_is_told_what_differs(office: Office):
    add_product("A")
    by("darryl.philbin", create_location, "Aisle 9")
    change = ProductChange(
        name="Paper A",
        unit_price=Decimal("41.00"),
        location="Aisle 9",
        reorder_point=5,
        reorder_quantity=50,
    )
    by("darryl.philbin", products.change_product, "A", change, 1)
    with reading("inventory") as session:
        last = list_history(session, "product", "A")[0]
        assert (get_product(session, "A").unit_price, last.changes["unit_price"]) == (
            Decimal("41.00"),
            ["38.90", "41.00"],
        )
    with pytest.raises(Stale) as stale:
        by(
            "roy.anderson",
            products.change_product,
            "A",
            ProductChange(
                name="Paper A",
                unit_price=Decimal("40.00"),
                location="Aisle 9",
                reorder_point=5,
                reorder_quantity=50,
            ),
            1,
        )
    assert stale.value.details["changes"] == {"unit_price": ("40.00", "41.00")}


def test_an_adjustment_has_a_reason_and_takes_nothing_that_is_held(
    office: Office, figures, published
):
    add_product("A", 10)
    office.place(Ordered("A", cases=7))
    for delta, reason, field in (
        (-1, " ", "reason"),
        (0, "x", "delta"),
        (-4, "x", "delta"),
        (200_000, "x", "delta"),
    ):
        with pytest.raises(Invalid) as refused:
            by("darryl.philbin", adjustments.adjust_stock, "A", delta, reason)
        assert field in refused.value.errors
    by("darryl.philbin", adjustments.adjust_stock, "A", -3, "water damage")
    assert figures("A") == Figures(on_hand=7, reserved=7) and stock_errors() == []
    assert published("stock.adjusted")[0]["delta"] == -3
    with pytest.raises(NotFound):
        by("darryl.philbin", adjustments.adjust_stock, "NOPE", 1, "x")


def test_found_cases_serve_who_waits(office: Office, published):
    add_product("A", 1)
    number = office.place(Ordered("A", cases=3))
    by("darryl.philbin", adjustments.adjust_stock, "A", 2, "behind the shelf")
    assert published("reservation.made", number)[-1]["complete"] is True and stock_errors() == []


def test_a_stock_take_moves_nothing_until_its_differences_are_confirmed(office: Office, figures):
    for sku, cases in (("A", 10), ("B", 5), ("C", 2)):
        add_product(sku, cases)
    number = by("darryl.philbin", stock_takes.start_stock_take, "Aisle 4", ["A", "B", "C"])
    by("roy.anderson", stock_takes.count_stock, number, {"A": 8, "B": 5, "C": None}, 1)
    assert figures("A") == Figures(on_hand=10, reserved=0)
    office.place(Ordered("A", cases=3))  # what moves meanwhile stays moved
    assert by("darryl.philbin", stock_takes.confirm_stock_take, number, 2) == 1
    assert (figures("A"), figures("B"), figures("C")) == (
        Figures(on_hand=8, reserved=3),
        Figures(on_hand=5, reserved=0),
        Figures(on_hand=2, reserved=0),
    ) and stock_errors() == []
    with pytest.raises(DomainError, match="confirmed"):
        by("darryl.philbin", stock_takes.confirm_stock_take, number, 3)


def test_a_stock_take_that_finds_less_than_is_held_is_refused(office: Office, figures):
    add_product("A", 5)
    office.place(Ordered("A", cases=5))
    number = by("darryl.philbin", stock_takes.start_stock_take, "Aisle 4", ["A"])
    by("darryl.philbin", stock_takes.count_stock, number, {"A": 4}, 1)
    with pytest.raises(DomainError, match="held for orders"):
        by("darryl.philbin", stock_takes.confirm_stock_take, number, 2)
    assert figures("A") == Figures(on_hand=5, reserved=5)


@pytest.mark.parametrize(
    ("words", "skus", "field"),
    [
        ("", ["A"], "words"),
        ("x" * 201, ["A"], "words"),
        ("x", [], "skus"),
        ("x", ["A", "NOPE"], "skus"),
    ],
)
def test_a_stock_take_needs_words_and_products(
    office: Office, words: str, skus: list[str], field: str
):
    add_product("A")
    with pytest.raises(Invalid) as refused:
        by("darryl.philbin", stock_takes.start_stock_take, words, skus)
    assert field in refused.value.errors


def test_two_who_count_at_once_do_not_overwrite_each_other(office: Office):
    add_product("A", 5)
    number = by("darryl.philbin", stock_takes.start_stock_take, "x", ["A"])
    by("darryl.philbin", stock_takes.count_stock, number, {"A": 4}, 1)
    with pytest.raises(Stale):
        by("roy.anderson", stock_takes.count_stock, number, {"A": 3}, 1)
    for bad in ({"A": -1}, {"A": 100_001}, {"B": 1}):
        with pytest.raises(Invalid):
            by("roy.anderson", stock_takes.count_stock, number, bad, 2)


def test_those_who_watch_are_told_once_when_a_product_runs_low(office: Office, published):
    add_product("A", 10, reorder_point=4, reorder_quantity=50)
    by("kelly.kapoor", products.watch_product, "A", True)
    by("pam.beesly", products.watch_product, "A", True)
    by("pam.beesly", products.watch_product, "A", False)
    office.place(Ordered("A", cases=5))
    assert published("product.ran_low") == []
    office.place(Ordered("A", cases=1))
    office.place(Ordered("A", cases=2))
    (told,) = published("product.ran_low")
    assert (told["available"], told["watchers"], told["reorder_quantity"]) == (
        4,
        ["kelly.kapoor"],
        50,
    )


def test_by_setting_an_order_is_held_whole_or_not_yet(office: Office, figures, published):
    setting("reservation_mode", "all")
    add_product("A", 5)
    add_product("B", 1)
    first = office.place(Ordered("A", cases=3), Ordered("B", cases=2))
    assert (figures("A"), figures("B")) == (
        Figures(on_hand=5, reserved=0),
        Figures(on_hand=1, reserved=0),
    )
    assert published("shipment.created") == []
    second = office.place(Ordered("A", cases=4))
    assert figures("A") == Figures(on_hand=5, reserved=4)
    by("darryl.philbin", commands.receive_goods, "A", 2)
    assert figures("B") == Figures(on_hand=1, reserved=0), "still short of B"
    by("darryl.philbin", commands.receive_goods, "B", 1)
    assert (figures("A"), figures("B")) == (
        Figures(on_hand=7, reserved=7),
        Figures(on_hand=2, reserved=2),
    ) and stock_errors() == []
    assert [each["order_number"] for each in published("shipment.created")] == [second, first]


def test_by_setting_a_second_person_packs(office: Office, published):
    setting("second_person_packs", True)
    add_product("A", 5)
    office.place(Ordered("A", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, parcel)
    with pytest.raises(Forbidden, match="somebody else"):
        by("roy.anderson", commands.pack_shipment, parcel)
    by("darryl.philbin", commands.pack_shipment, parcel)


def test_a_step_is_undone_while_nothing_left_the_house(office: Office, figures, published):
    add_product("A", 5)
    office.place(Ordered("A", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    with pytest.raises(DomainError, match="no step"):
        by("roy.anderson", commands.undo_step, parcel)
    by("roy.anderson", commands.pick_shipment, parcel)
    by("roy.anderson", commands.pack_shipment, parcel)
    by("darryl.philbin", commands.undo_step, parcel, 3)
    with pytest.raises(Stale):
        by("darryl.philbin", commands.undo_step, parcel, 3)
    by("darryl.philbin", commands.undo_step, parcel, 4)
    assert [each["status"] for each in published("shipment.reopened")] == ["picked", "waiting"]
    for step, more in (("pick", ()), ("pack", ()), ("dispatch", ("KF", "1"))):
        by("roy.anderson", getattr(commands, f"{step}_shipment"), parcel, *more)
    with pytest.raises(DomainError, match="no step"):
        by("roy.anderson", commands.undo_step, parcel)
    assert figures("A") == Figures(on_hand=4, reserved=0) and stock_errors() == []


def test_the_rest_of_an_order_is_given_free_after_a_first_parcel_left(
    office: Office, figures, published
):
    add_product("A", 5)
    add_product("B", 4)
    number = office.place(Ordered("A", cases=8), Ordered("B", cases=2))
    (parcel,) = published("shipment.created")
    for step, more in (("pick", ()), ("pack", ()), ("dispatch", ("KF", "1"))):
        by("roy.anderson", getattr(commands, f"{step}_shipment"), parcel["shipment_number"], *more)
    by("darryl.philbin", commands.receive_goods, "A", 2)
    second = published("shipment.created")[1]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, second)
    office.give_up(number)
    assert published("reservation.released")[0]["lines"] == [
        {"line": 1, "sku": "A", "quantity": 2},
        {"line": 2, "sku": "B", "quantity": 0},
    ]
    assert (figures("A"), figures("B")) == (
        Figures(on_hand=2, reserved=0),
        Figures(on_hand=2, reserved=0),
    ) and stock_errors() == []
    with pytest.raises(DomainError, match="called off"):
        by("roy.anderson", commands.pack_shipment, second)
    by("darryl.philbin", commands.receive_goods, "A", 9)
    assert figures("A") == Figures(on_hand=11, reserved=0), "nobody waits for what was given up"


def test_once_the_last_parcel_left_giving_up_is_refused(office: Office, published):
    add_product("A", 5)
    number = office.place(Ordered("A", cases=5))
    for step, more in (("pick", ()), ("pack", ()), ("dispatch", ("KF", "1"))):
        by(
            "roy.anderson",
            getattr(commands, f"{step}_shipment"),
            published("shipment.created")[0]["shipment_number"],
            *more,
        )
    office.give_up(number)
    assert published("reservation.released") == [] and len(published("release.refused")) == 1


def test_packing_and_giving_up_at_once_never_do_both(office: Office, published):
    add_product("A", 60)
    numbers = [office.place(Ordered("A", cases=2)) for _ in range(12)]
    parcels = {
        each["order_number"]: each["shipment_number"] for each in published("shipment.created")
    }

    def work(number: str) -> None:
        for step, more in (("pick", ()), ("pack", ()), ("dispatch", ("KF", "1"))):
            try:
                by("roy.anderson", getattr(commands, f"{step}_shipment"), parcels[number], *more)
            except DomainError:
                return

    with ThreadPoolExecutor(8) as both:
        for each in [
            both.submit(do, number) for number in numbers for do in (work, office.give_up)
        ]:
            each.result()
    gone = {each["order_number"] for each in published("shipment.dispatched")}
    free = {each["order_number"] for each in published("reservation.released")}
    assert gone & free == set() and gone | free == set(numbers) and stock_errors() == []
