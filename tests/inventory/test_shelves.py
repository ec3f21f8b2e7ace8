"""Prices, adjustments, stock-takes, watchers, the settings of the warehouse, undoing a step."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from msgspec.structs import replace

from models.inventory import adjustments, commands, products, stock_takes
from models.inventory.locations import create_location
from models.inventory.products import ProductChange
from models.inventory.queries import get_product
from models.inventory.receipts import receive_goods
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.operations.progress import list_told_of
from models.shared.records.history import list_history
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_product, stock_errors
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage


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
    with pytest.raises(DomainError, match="reserved for orders"):
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
    first = len(published("product.restocked"))  # its first goods
    by("roy.anderson", receive_goods, "A", 2)
    assert len(published("product.restocked")) == first, "4 are free: it is still low"
    by("roy.anderson", receive_goods, "A", 3)
    by("roy.anderson", receive_goods, "A", 1)
    (told,) = published("product.restocked")[first:]
    assert (told["sku"], told["available"], told["reorder_point"]) == ("A", 7, 4)
    assert published("goods.received")[-1]["watchers"] == ["kelly.kapoor"]


def test_a_new_reorder_point_may_make_a_product_low_or_enough(office: Office, published):
    add_product("A", 10, reorder_point=4)
    with reading("inventory") as session:
        product = get_product(session, "A")
        change = ProductChange(
            name=product.name,
            unit_price=product.unit_price,
            location=product.location,
            reorder_point=10,
            reorder_quantity=product.reorder_quantity,
        )
    by("darryl.philbin", products.change_product, "A", change, 1)
    assert [each["available"] for each in published("product.ran_low")] == [10]
    lower = replace(change, reorder_point=3)
    by("darryl.philbin", products.change_product, "A", lower, 2)
    assert [each["reorder_point"] for each in published("product.restocked")] == [4, 3]
    assert len(published("product.ran_low")) == 1


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
    by("darryl.philbin", receive_goods, "A", 2)
    assert figures("B") == Figures(on_hand=1, reserved=0), "still short of B"
    by("darryl.philbin", receive_goods, "B", 1)
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
    with pytest.raises(Forbidden, match="someone else"):
        by("roy.anderson", commands.pack_shipment, parcel)
    by("darryl.philbin", commands.pack_shipment, parcel)


def test_packing_is_offered_to_a_second_person_only_if_the_setting_asks_for_one(
    office: Office, published, client_as
):
    add_product("A", 5)
    office.place(Ordered("A", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, parcel)
    pack = f"/inventory/shipments/{parcel}/pack"
    pages = (f"/inventory/shipments/{parcel}", "/inventory/board", "/inventory/shipments/")
    roy, darryl = client_as("roy.anderson"), client_as("darryl.philbin")
    assert all(f'action="{pack}"' in roy.get(page).text for page in pages)
    setting("second_person_packs", True)
    for page in pages:
        assert f'action="{pack}"' not in roy.get(page).text, page
        assert f'action="{pack}"' in darryl.get(page).text, page
    several = "/inventory/shipments/?status=picked"
    step = 'name="step" value="pack"'
    assert step not in roy.get(several).text and step in darryl.get(several).text
    assert roy.post(pack, data={"version": 2}).status_code == 403, "said by the server all the same"
    assert "someone else has to pack it" in roy.get(pages[0]).text


def test_the_trails_of_a_shipment_and_of_a_product_are_found_by_their_numbers(
    office: Office, published
):
    parcel = picked_parcel(office, published)
    by("darryl.philbin", adjustments.adjust_stock, "B", -1, "Torn")
    with reading("inventory") as session:
        told = {key: [each.type for each in list_told_of(session, key)] for key in (parcel, "B")}
        assert list_told_of(session, "SH-1") == []
    assert "dm.inventory.shipment.picked.v1" in told[parcel]
    assert "dm.inventory.stock.adjusted.v1" in told["B"]


def picked_parcel(office: Office, published) -> str:
    add_product("A", 5)
    add_product("B", 5)
    office.place(Ordered("A", cases=2), Ordered("B", cases=3))
    parcel = published("shipment.created")[0]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, parcel)
    return parcel


@pytest.mark.parametrize(
    ("counted", "wrong"),
    [
        ({}, {"counted-1", "counted-2"}),
        ({1: 2}, {"counted-2"}),
        ({1: 3, 2: 3}, {"counted-1"}),
        ({1: 2, 2: 2, 3: 1}, {"counted-2"}),
    ],
)
def test_by_setting_a_parcel_is_packed_only_as_counted(office: Office, published, counted, wrong):
    parcel = picked_parcel(office, published)
    setting("packing_counts_lines", True)
    with pytest.raises(Invalid) as refused:
        by("roy.anderson", commands.pack_shipment, parcel, counted=counted)
    assert set(refused.value.errors) == wrong
    assert published("shipment.packed") == []
    by("roy.anderson", commands.pack_shipment, parcel, counted={1: 2, 2: 3})
    assert len(published("shipment.packed")) == 1


def test_where_packing_counts_no_list_packs_without_a_count(
    office: Office, published, client_as, anonymous, bearer_for
):
    parcel = picked_parcel(office, published)
    roy, page = client_as("roy.anderson"), f"/inventory/shipments/{parcel}"
    lists = ("/inventory/board", "/inventory/shipments/", "/inventory/shipments/?status=picked")
    assert all(f'action="{page}/pack"' in roy.get(each).text for each in lists)
    setting("packing_counts_lines", True)
    for each in lists:
        assert f'action="{page}/pack"' not in roy.get(each).text, each
        assert f'href="{page}#step"' in roy.get(each).text, each
    assert 'name="step"' not in roy.get(lists[2]).text
    several = {"step": "pack", "number": f"{parcel}:2"}
    assert f"0 shipments packed. {parcel} was skipped: " in str(
        roy.post("/inventory/shipments/several", data=several).headers
    )
    form = {"version": 2, "count-0-of": 1, "count-0": "2", "count-1-of": 2, "count-1": "2"}
    short = ServedPage(roy.post(f"{page}/pack", data=form))
    assert short.root.select_one('.err-sum a[href="#counted-2"]') and short.has("#counted-2")
    assert short.value("count-0") == "2", "what was counted is kept"
    headers = {**bearer_for("roy.anderson", "inventory"), "If-Match": '"2"'}
    rest = f"/api/v1/shipments/{parcel}/pack"
    assert anonymous.post(rest, json={}, headers=headers).status_code == 422
    counts = {"counted": {"1": 2, "2": 3}}
    assert anonymous.post(rest, json=counts, headers=headers).status_code == 200


def test_a_step_taken_from_a_list_or_the_board_stays_there(office: Office, published, client_as):
    parcel = picked_parcel(office, published)
    roy, page = client_as("roy.anderson"), f"/inventory/shipments/{parcel}"
    at = "/inventory/shipments/?status=picked"
    assert ServedPage(roy.get(at)).value("back") == at
    assert ServedPage(roy.get("/inventory/board")).value("back").startswith("/inventory/board")
    assert roy.post(f"{page}/pack", data={"version": 2, "back": at}).location == at
    for step, version, elsewhere in (
        ("undo", 3, "//evil.example/"),
        ("pack", 4, "/inventory/\\evil.example"),
    ):
        answer = roy.post(f"{page}/{step}", data={"version": version, "back": elsewhere})
        assert answer.location == page


def test_carrier_and_tracking_are_corrected_after_dispatch_and_history_keeps_what_they_were(
    office: Office, published, client_as
):
    add_product("A", 5)
    office.place(Ordered("A", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    with pytest.raises(DomainError, match="not shipped"):
        by("roy.anderson", commands.correct_dispatch, parcel, "KF", "2", 1)
    for step, more in (("pick", ()), ("pack", ()), ("dispatch", ("KF", "1"))):
        by("roy.anderson", getattr(commands, f"{step}_shipment"), parcel, *more)
    page, darryl = f"/inventory/shipments/{parcel}", client_as("darryl.philbin")
    form = {"version": 4, "carrier": "Keystone", "tracking": "1"}
    bad = ServedPage(darryl.post(f"{page}/correction", data={**form, "tracking": " "}))
    assert bad.is_wrong("tracking") and bad.value("carrier") == "Keystone"
    assert darryl.post(f"{page}/correction", data=form).status_code == 303
    late = darryl.post(f"{page}/correction", data={**form, "carrier": "Other", "form_key": "k" * 9})
    assert late.status_code == 409, "somebody else corrected it meanwhile"
    assert 'value="Other"' in late.text
    told = published("shipment.dispatch_corrected")
    assert [(each["carrier"], each["tracking"]) for each in told] == [("Keystone", "1")]
    shown = ServedPage(darryl.get(page)).text
    assert "Carrier: KF → Keystone" in shown and "Tracking: 1 →" not in shown
    assert client_as("jim.halpert").post(f"{page}/correction", data=form).status_code == 403


def test_discarding_a_stock_take_asks_with_who_counted_and_how_much(office: Office, client_as):
    add_product("A", 5)
    darryl = client_as("darryl.philbin")
    at = darryl.post("/inventory/stock-takes", data={"words": "Aisle", "skus": "A"}).location
    darryl.post(at, data={"counted-A": "4", "version": "1", "end": "", "form_key": "count-key-1"})
    version = ServedPage(darryl.get(at)).value("version")
    asked = darryl.post(at, data={"version": version, "end": "discard"})
    question = ServedPage(asked).first("#discards").text
    assert "Discard 1 counted line" in question and "Darryl Philbin" in question
    assert "Confirm differences" in darryl.get(at).text, "asked, not done"
    sure = {"version": version, "end": "discard-sure", "form_key": "sure-key-1"}
    assert darryl.post(at, data=sure).status_code == 303
    assert "Confirm differences" not in darryl.get(at).text


def test_confirming_a_stock_take_asks_with_how_many_lines_are_not_counted(
    office: Office, client_as, figures
):
    for sku in "ABC":
        add_product(sku, 5)
    darryl = client_as("darryl.philbin")
    begun = {"words": "Aisle", "skus": "A B C"}
    at = darryl.post("/inventory/stock-takes", data=begun).location
    typed = {"counted-A": "4", "counted-B": "", "counted-C": "", "form_key": "count-key-1"}
    asked = darryl.post(at, data={**typed, "version": "1", "end": "confirm"})
    question = ServedPage(asked).first("#confirms").text
    assert "2 of 3 lines are not counted" in question
    assert "Confirm 1 difference, 2 lines uncounted" in " ".join(question.split())
    assert figures("A").on_hand == 5, "asked, not booked"
    sure = {**typed, "version": ServedPage(asked).value("version"), "end": "confirm-sure"}
    assert darryl.post(at, data=sure).status_code == 303
    assert (figures("A").on_hand, figures("B").on_hand) == (4, 5)


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
    by("darryl.philbin", receive_goods, "A", 2)
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
    (told,) = published("shipment.cancelled")
    assert told["shipment_number"] == second and told["order_number"] == number
    assert (told["status"], told["handled_by"]) == ("picked", ["roy.anderson"])
    assert [line["quantity"] for line in told["lines"]] == [2]
    with pytest.raises(DomainError, match="is cancelled"):
        by("roy.anderson", commands.pack_shipment, second)
    by("darryl.philbin", receive_goods, "A", 9)
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
