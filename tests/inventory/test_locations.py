"""Stock by location: what lies where adds up, goods are carried, picked from where they lie and booked out of there."""

import contextlib
import io
import itertools
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.inventory import adjustments, commands, stock_takes
from models.inventory.locations import change_location, create_location
from models.inventory.receipts import receive_goods
from models.inventory.rules import take_from
from models.inventory.stock_by_location import at_locations
from models.inventory.transfers import place_portion, transfer_stock
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered

HOME, BULK, FAR = "A-12-3", "BULK", "Z-1"


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def lies(sku: str) -> dict[str, int]:
    with reading("inventory") as session:
        return {code: there for code, (there, _) in at_locations(session, sku).items()}


@pytest.fixture
def shelves(office: Office) -> Office:
    """Ten cases of A at home, eight in bulk; four of B at home."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, HOME, BULK, FAR)
    add_product("A", 10, location=HOME)
    add_product("B", 4, location=HOME)
    by("darryl.philbin", receive_goods, "A", 8, "", BULK)
    return office


@pytest.fixture
def darryl(shelves: Office, client_as):
    return client_as("darryl.philbin")


@pytest.mark.parametrize(
    ("free", "cases", "taken"),
    [
        ({"H": 9, "B": 9}, 5, {"H": 5}),  # home first
        ({"H": 2, "C": 9, "B": 7}, 5, {"B": 5}),  # else who has enough, by code
        ({"H": 2, "C": 3, "B": 4}, 8, {"H": 2, "B": 4, "C": 2}),  # else home and wherever most lies
        ({"B": 4, "C": 4}, 6, {"B": 4, "C": 2}),
        ({"H": 0, "B": 1}, 1, {"B": 1}),
        ({}, 3, {}),
        ({"H": 2}, 3, {"H": 2}),
    ],
)
def test_where_to_take_cases_is_home_or_the_fewest_walks_and_always_the_same(
    free: dict, cases: int, taken: dict
):
    for order in itertools.permutations(free.items()):
        assert take_from(dict(order), "H", cases) == taken


def test_goods_lie_at_home_or_where_they_were_put_and_events_say_where(
    shelves: Office, figures, published
):
    assert lies("A") == {HOME: 10, BULK: 8} and figures("A") == Figures(on_hand=18, reserved=0)
    assert [each["location"] for each in published("goods.received")] == [HOME, HOME, BULK]
    by("darryl.philbin", adjustments.adjust_stock, "A", -3, "wet", "bulk")
    assert lies("A")[BULK] == 5 and published("stock.adjusted")[0]["location"] == BULK
    for place, words in (("NOPE", "bin code NOPE"), (HOME + "0", f"bin code {HOME}0")):
        with pytest.raises(Invalid) as refused:
            by("darryl.philbin", receive_goods, "A", 8, "", place)
        assert words in refused.value.errors["location"]
    with pytest.raises(Invalid) as refused:
        by("darryl.philbin", adjustments.adjust_stock, "A", -6, "wet", BULK)
    assert "at most 5 cases at BULK" in refused.value.errors["delta"] and stock_errors() == []


def test_goods_without_a_named_home_lie_at_the_dock(office: Office):
    add_product("A", 3, location="DOCK")
    with transaction("inventory", actor="darryl.philbin") as session:
        commands.create_product(
            session, commands.NewProduct(sku="B", name="B", unit_price=Decimal(1), location="")
        )
    by("darryl.philbin", receive_goods, "B", 2)
    assert lies("B") == {"DOCK": 2}


def test_a_transfer_is_a_pair_in_the_ledger_and_changes_nothing_else(
    shelves: Office, figures, clean_database: str, published
):
    shelves.place(Ordered("A", cases=18))
    told = len(published("product.ran_low")), len(published("reservation.made"))
    number = by("roy.anderson", transfer_stock, "A", BULK, HOME.lower(), 8, "refill")
    assert (
        lies("A") == {HOME: 18}
        and figures("A") == Figures(on_hand=18, reserved=18)
        and stock_errors() == []
    )
    with psycopg.connect(clean_database) as connection:
        pair = connection.execute(
            "SELECT location, delta_on_hand, delta_reserved, reference, actor FROM inventory.ledger"
            " WHERE kind = 'transfer' ORDER BY id"
        ).fetchall()
    assert pair == [(BULK, -8, 0, number, "roy.anderson"), (HOME, 8, 0, number, "roy.anderson")]
    assert told == (len(published("product.ran_low")), len(published("reservation.made")))


@pytest.mark.parametrize(
    ("source", "target", "cases", "field"),
    [
        (HOME, BULK, 11, "quantity"),
        (HOME, BULK, 0, "quantity"),
        (HOME, BULK, -1, "quantity"),
        (FAR, BULK, 1, "quantity"),
        (HOME, HOME, 1, "target"),
        (HOME, "", 1, "target"),
        ("", BULK, 1, "source"),
        ("NOPE", BULK, 1, "source"),
        (HOME, "NOPE", 1, "target"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_beside_the_field(
    shelves: Office, source: str, target: str, cases: int, field: str
):
    with pytest.raises(Invalid) as refused:
        by("roy.anderson", transfer_stock, "A", source, target, cases)
    assert set(refused.value.errors) == {field} and lies("A") == {HOME: 10, BULK: 8}
    with pytest.raises(NotFound):
        by("roy.anderson", transfer_stock, "NOPE", HOME, BULK, 1)


def test_what_was_picked_leaves_from_where_it_was_taken_and_is_not_carried_away_before(
    shelves: Office, published
):
    shelves.place(Ordered("A", cases=15), Ordered("B", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, parcel, 1, f"1:{HOME}:10,2:{HOME}:1,1:{BULK}:5")
    for source, most in ((HOME, 0), (BULK, 3)):
        with pytest.raises(Invalid) as refused:
            by("roy.anderson", transfer_stock, "A", source, FAR, most + 1)
        assert f"at most {most} case" in refused.value.errors["quantity"]
    by("roy.anderson", transfer_stock, "A", BULK, FAR, 3)
    by("darryl.philbin", commands.pack_shipment, parcel)
    by("darryl.philbin", commands.dispatch_shipment, parcel, "KF", "1")
    assert lies("A") == {FAR: 3} and lies("B") == {HOME: 3} and stock_errors() == []


def test_a_picker_whose_list_is_out_of_date_is_told_so(shelves: Office, published):
    shelves.place(Ordered("A", cases=4))
    parcel = published("shipment.created")[0]["shipment_number"]
    by("darryl.philbin", transfer_stock, "A", HOME, FAR, 9)
    with pytest.raises(Stale, match="has moved"):
        by("roy.anderson", commands.pick_shipment, parcel, 1, f"1:{HOME}:4")
    by("roy.anderson", commands.pick_shipment, parcel, 1, f"1:{BULK}:4")
    by("roy.anderson", commands.undo_step, parcel)
    by("darryl.philbin", transfer_stock, "A", BULK, FAR, 8)
    assert lies("A") == {HOME: 1, FAR: 17}, "what was put back may be carried again"


def test_an_order_given_up_binds_no_place_any_more(shelves: Office, published):
    number = shelves.place(Ordered("A", cases=4))
    by("roy.anderson", commands.pick_shipment, published("shipment.created")[0]["shipment_number"])
    shelves.give_up(number)
    by("darryl.philbin", transfer_stock, "A", HOME, FAR, 10)
    assert lies("A") == {BULK: 8, FAR: 10} and stock_errors() == []


def test_a_parcel_picked_before_locations_were_kept_leaves_all_the_same(
    shelves: Office, published, clean_database: str
):
    shelves.place(Ordered("A", cases=12))
    parcel = published("shipment.created")[0]["shipment_number"]
    by("roy.anderson", commands.pick_shipment, parcel)
    with psycopg.connect(clean_database, autocommit=True) as superuser:
        superuser.execute("DELETE FROM inventory.shipment_pick")
    by("roy.anderson", commands.pack_shipment, parcel)
    by("roy.anderson", commands.dispatch_shipment, parcel, "KF", "1")
    assert lies("A") == {BULK: 6} and stock_errors() == []


def test_goods_booked_before_locations_were_kept_lie_at_home_and_are_placed_when_they_are_needed(
    office: Office, published, clean_database: str
) -> None:
    for sku in ("A", "B", "C"):
        add_product(sku, 10, location=HOME)
    with psycopg.connect(
        clean_database, autocommit=True
    ) as before:  # as the version before left it
        before.execute("UPDATE inventory.product SET location = 'Cage / left' WHERE sku <> 'C'")
        for change in (
            "DELETE FROM inventory.stock_at_location WHERE sku <> 'C'",
            "UPDATE inventory.ledger SET location = NULL WHERE sku <> 'C'",
            "UPDATE inventory.stock SET on_hand = on_hand - 4 WHERE sku = 'C'",
            "INSERT INTO inventory.ledger (sku, kind, delta_on_hand, delta_reserved, reference, reason, actor, at,"
            " correlation_id) VALUES ('C', 'adjustment', -4, 0, 'C', 'wet', 'x', now(), 'x')",
        ):
            before.execute(change)
    assert stock_errors() == [] and lies("A") == {"Cage / left": 10}
    office.place(Ordered("A", cases=4))
    parcel = published("shipment.created")[0]["shipment_number"]
    for step, more in (("pick", ()), ("pack", ()), ("dispatch", ("KF", "1"))):
        by("roy.anderson", getattr(commands, f"{step}_shipment"), parcel, *more)
    assert lies("A") == {"Cage / left": 6} and stock_errors() == []
    assert (place_portion(), place_portion()) == (2, 0)
    assert lies("B") == {"Cage / left": 10} and lies("C") == {HOME: 6} and stock_errors() == []


def test_a_count_of_a_location_books_its_difference_there(shelves: Office, figures):
    bulk = by("darryl.philbin", stock_takes.start_stock_take, "bulk", ["A"], BULK)
    by("darryl.philbin", stock_takes.count_stock, bulk, {"A": 9}, 1)
    assert by("darryl.philbin", stock_takes.confirm_stock_take, bulk, 2) == 1
    assert lies("A") == {HOME: 10, BULK: 9} and figures("A") == Figures(on_hand=19, reserved=0)

    here = by("darryl.philbin", stock_takes.start_stock_take, "home", [], HOME.lower())
    by("darryl.philbin", stock_takes.count_stock, here, {"A": 10, "B": 6}, 1)
    assert by("darryl.philbin", stock_takes.confirm_stock_take, here, 2) == 1
    assert lies("B") == {HOME: 6} and stock_errors() == []


def test_a_count_does_not_take_away_what_went_elsewhere_since(shelves: Office):
    number = by("darryl.philbin", stock_takes.start_stock_take, "bulk", [], BULK)
    by("darryl.philbin", stock_takes.count_stock, number, {"A": 1}, 1)
    by("roy.anderson", transfer_stock, "A", BULK, FAR, 5)
    with pytest.raises(DomainError, match="A was transferred"):
        by("darryl.philbin", stock_takes.confirm_stock_take, number, 2)
    assert lies("A") == {HOME: 10, BULK: 3, FAR: 5}


def test_a_location_is_retired_when_nothing_lies_there_and_nothing_goes_there_after(
    shelves: Office,
):
    for code, words in ((BULK, "BULK still holds A"), (HOME, "still holds")):
        with pytest.raises(DomainError, match=words):
            by("darryl.philbin", change_location, code, "", False, 1)
    by("darryl.philbin", transfer_stock, "B", HOME, FAR, 4)
    by("darryl.philbin", transfer_stock, "A", HOME, FAR, 10)
    with pytest.raises(DomainError, match="is the default location of"):
        by("darryl.philbin", change_location, HOME, "", False, 1)
    by("darryl.philbin", transfer_stock, "A", BULK, FAR, 8)
    by("darryl.philbin", change_location, BULK, "Old cage", False, 1)
    for command, args in (
        (receive_goods, ("A", 1, "", BULK)),
        (transfer_stock, ("A", FAR, BULK, 1)),
        (adjustments.adjust_stock, ("A", 1, "x", BULK)),
    ):
        with pytest.raises(Invalid):
            by("darryl.philbin", command, *args)
    with pytest.raises(Stale):
        by("darryl.philbin", change_location, BULK, "", True, 1)
    by("darryl.philbin", change_location, BULK, "Cage", True, 2)
    by("darryl.philbin", receive_goods, "A", 1, "", BULK)
    with pytest.raises(NotFound):
        by("darryl.philbin", change_location, "NOPE", "", True, 1)


@pytest.mark.parametrize("code", ["", " ", "-A", "A/1", "A" * 33, "Ä", "a-12-3", "A\u202e1"])
def test_a_code_is_plain_and_new(shelves: Office, code: str):
    with pytest.raises(Invalid) as refused:
        by("darryl.philbin", create_location, code)
    assert set(refused.value.errors) == {"code"}


def test_retiring_and_receiving_at_once_never_leave_goods_in_a_retired_place(
    shelves: Office, clean_database: str
):
    codes = [f"R-{n}" for n in range(8)]
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, *codes)

    def do(command, *args) -> None:
        with contextlib.suppress(DomainError):
            by("darryl.philbin", command, *args)

    with ThreadPoolExecutor(8) as both:
        for each in [
            both.submit(do, *deed)
            for code in codes
            for deed in (
                (change_location, code, "", False, 1),
                (receive_goods, "A", 1, "", code),
            )
        ]:
            each.result()
    with psycopg.connect(clean_database) as connection:
        assert (
            connection.execute(
                "SELECT code FROM inventory.location JOIN inventory.stock_at_location s ON s.location = code"
                " WHERE NOT active AND on_hand > 0"
            ).fetchall()
            == []
        )
    assert stock_errors() == []


def test_the_database_itself_refuses_less_than_none_and_goods_that_lie_nowhere(shelves: Office):
    entry = (
        "INSERT INTO inventory.ledger (sku, kind, delta_on_hand, delta_reserved, reference, reason, actor, at,"
        " correlation_id, location) VALUES ('A', 'transfer', 1, 0, 'x', '', 'x', now(), 'x', 'NOPE')"
    )
    for statement, words in (
        ("UPDATE inventory.stock_at_location SET on_hand = -1", "on_hand"),
        (entry, "fk_ledger_location"),
        ("DELETE FROM inventory.location", "violates foreign key"),
    ):
        with pytest.raises(Exception, match=words), transaction("inventory", actor="x") as session:
            session.connection().exec_driver_sql(statement)


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), st.sampled_from((HOME, BULK, FAR)), st.integers(1, 9)),
        st.tuples(st.just("place"), st.just(""), st.integers(1, 12)),
        st.tuples(st.just("pick"), st.just(""), st.integers(0, 3)),
        st.tuples(st.just("dispatch"), st.just(""), st.integers(0, 3)),
        st.tuples(st.just("undo"), st.just(""), st.integers(0, 3)),
        st.tuples(
            st.just("carry"),
            st.sampled_from(((HOME, BULK), (BULK, FAR), (FAR, HOME))),
            st.integers(1, 9),
        ),
        st.tuples(st.just("adjust"), st.sampled_from((HOME, BULK)), st.integers(-4, 4)),
    ),
    max_size=14,
)


@given(deeds=DEEDS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_carried_picked_and_sent_the_places_add_up(deeds, shelves: Office, published):
    do = {
        "receive": lambda place, n, _: by("d", receive_goods, "A", n, "", place),
        "place": lambda _, n, __: shelves.place(Ordered("A", cases=n)),
        "pick": lambda _, __, parcel: by("d", commands.pick_shipment, parcel),
        "undo": lambda _, __, parcel: by("d", commands.undo_step, parcel),
        "dispatch": lambda _, __, parcel: (
            by("d", commands.pack_shipment, parcel),
            by("d", commands.dispatch_shipment, parcel, "KF", "1"),
        ),
        "carry": lambda pair, n, _: by("d", transfer_stock, "A", *pair, n),
        "adjust": lambda place, n, _: by("d", adjustments.adjust_stock, "A", n, "counted", place),
    }
    for kind, where, n in deeds:
        parcels = [each["shipment_number"] for each in published("shipment.created")]
        try:
            do[kind](where, n, parcels[-1 - n % len(parcels)] if parcels else "SH-0")
        except DomainError as refused:
            assert refused.code != "nowhere", "what is reserved always lies somewhere"
    assert stock_errors() == []


def test_the_pages_show_and_move_what_lies_where(darryl, shelves: Office, published):
    page = darryl.get("/inventory/products/A").text
    assert page.index(HOME) and BULK in page and "home" in page
    twice = [
        darryl.post(
            "/inventory/products/A/transfer",
            data={"source": HOME, "target": "z-1", "quantity": "3", "form_key": "transfer-form-1"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in twice] == [303, 303] and lies("A") == {
        HOME: 7,
        BULK: 8,
        FAR: 3,
    }
    wrong = darryl.post(
        "/inventory/products/A/transfer", data={"source": HOME, "target": "NOPE", "quantity": "x"}
    )
    assert (
        wrong.status_code == 422
        and 'id="err-quantity"' in wrong.text
        and 'value="NOPE"' in wrong.text
    )
    received = {"lines-0-sku": "B", "lines-0-quantity": "2", "lines-0-location": "NOPE"}
    refused = darryl.post("/inventory/receive", data=received)
    assert 'id="err-lines-0-location"' in refused.text
    received["lines-0-location"] = BULK
    assert darryl.post("/inventory/receive", data=received).status_code == 303
    assert lies("B") == {HOME: 4, BULK: 2}
    shelves.place(Ordered("A", cases=16))
    parcel = published("shipment.created")[0]["shipment_number"]
    shown = darryl.get(f"/inventory/shipments/{parcel}").text
    assert f'name="places" value="1:{HOME}:7,1:{BULK}:8,1:{FAR}:1"' in shown
    assert "Pick list" in shown and all(place in shown for place in (HOME, BULK, FAR))


def test_locations_are_listed_added_retired_and_exported(darryl, client_as):
    assert (
        darryl.post("/inventory/locations", data={"code": "C-1", "name": "Cage"}).status_code == 303
    )
    again = darryl.post("/inventory/locations", data={"code": "c-1", "name": "Cage"})
    assert (
        again.status_code == 422 and 'id="err-code"' in again.text and 'value="c-1"' in again.text
    )
    page = darryl.get("/inventory/locations").text
    assert all(code in page for code in (HOME, BULK, FAR, "C-1"))
    found = darryl.get("/inventory/locations?q=cage").text
    assert "C-1" in found and BULK not in found
    refused = darryl.post(
        f"/inventory/locations/{BULK}", data={"name": "", "active": "no", "version": "1"}
    )
    assert refused.status_code == 409 and "BULK still holds" in refused.text
    assert (
        darryl.post(
            "/inventory/locations/C-1", data={"name": "Cage", "active": "no", "version": "1"}
        ).status_code
        == 303
    )
    assert (
        "C-1" not in darryl.get("/inventory/locations").text
        and "C-1" in darryl.get("/inventory/locations?state=retired").text
    )
    assert "BULK,,yes,1,8" in darryl.get("/inventory/locations.csv").text
    assert darryl.get("/inventory/locations/NOPE").status_code == 404
    jim = client_as("jim.halpert")
    assert (
        "/inventory/locations" not in jim.get("/inventory/products/A").text
        and BULK in jim.get("/inventory/products/A").text
    )
    assert (
        jim.get("/inventory/locations").status_code
        == jim.post("/inventory/products/A/transfer").status_code
        == 403
    )


def test_a_file_puts_goods_where_it_says(darryl):
    mixed = b"A,5,,bulk\nB,1,,NOPE\n"
    assert (
        "No location has this bin code"
        in darryl.post(
            "/inventory/receive/file", data={"file": (io.BytesIO(mixed), "goods.csv")}
        ).text
    )
    darryl.post("/inventory/receive/file", data={"text": "A,5,,bulk\nB,1", "confirm": "yes"})
    assert lies("A")[BULK] == 13 and lies("B") == {HOME: 5}


def test_locations_and_transfers_over_rest(
    darryl, anonymous, bearer_for, shelves: Office, published
):
    headers = bearer_for("darryl.philbin", "inventory")
    added = anonymous.post(
        "/api/v1/locations", json={"code": "C-1", "name": "Cage"}, headers=headers
    )
    assert (added.status_code, added.headers["Location"], added.json["version"]) == (
        201,
        "/api/v1/locations/C-1",
        1,
    )
    listed = anonymous.get("/api/v1/locations?limit=2", headers=headers).json
    assert [each["code"] for each in listed["items"]] == [HOME, BULK] and listed["next"]
    assert (
        anonymous.put("/api/v1/locations/C-1", json={"active": False}, headers=headers).status_code
        == 428
    )
    retired = anonymous.put(
        "/api/v1/locations/C-1", json={"active": False}, headers={**headers, "If-Match": '"1"'}
    )
    assert retired.json == {"code": "C-1", "name": "", "active": False, "version": 2}
    before = anonymous.get("/api/v1/products/A", headers=headers)
    assert before.json["places"] == [
        {"location": HOME, "on_hand": 10, "picked": 0},
        {"location": BULK, "on_hand": 8, "picked": 0},
    ]
    body = {"source": HOME, "target": BULK, "quantity": 4}
    moved = [
        anonymous.post(
            "/api/v1/products/A/transfers",
            json=body,
            headers={**headers, "Idempotency-Key": "carry-once-1"},
        )
        for _ in range(2)
    ]
    assert [each.status_code for each in moved] == [201, 201] and moved[0].json == moved[
        1
    ].json == {"transfer_number": "TR-501"}
    after = anonymous.get(
        "/api/v1/products/A", headers={**headers, "If-None-Match": before.headers["ETag"]}
    )
    assert after.status_code == 200 and after.json["places"][1]["on_hand"] == 12
    there = {"sku": "B", "quantity": 1, "location": "C-1"}
    assert anonymous.post("/api/v1/receipts", json=there, headers=headers).status_code == 422
    shelves.place(Ordered("A", cases=14))
    parcel = published("shipment.created")[0]["shipment_number"]
    shown = anonymous.get(f"/api/v1/shipments/{parcel}", headers=headers).json
    assert [(each["location"], each["quantity"]) for each in shown["picks"]] == [
        (HOME, 6),
        (BULK, 8),
    ]
    assert (
        anonymous.get(
            "/api/v1/locations", headers=bearer_for("jim.halpert", "inventory")
        ).status_code
        == 403
    )
