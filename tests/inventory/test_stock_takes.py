"""Stock-takes of several locations, and several people who count at once."""

import psycopg
import pytest

from models.inventory import stock_takes
from models.inventory.locations import change_location
from models.inventory.receipts import receive_goods
from models.inventory.stock_by_location import at_locations
from models.inventory.stock_takes import get_stock_take
from models.inventory.transfers import transfer_stock
from models.shared.errors import DomainError, Invalid, Stale
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage

HOME, BULK, FAR, GONE = "A-12-3", "BULK", "Z 1", "OLD"


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def start(*skus: str, **chosen) -> str:
    return by("darryl.philbin", stock_takes.start_stock_take, "Quarter", skus, **chosen)


def lines_of(number: str) -> list[tuple[str, str | None, int | None]]:
    with reading("inventory") as session:
        take = get_stock_take(session, number)
    return [(line.sku, line.location, line.counted) for line in take.lines]


@pytest.fixture
def shelves(office: Office) -> Office:
    """Five cases of A at HOME and three in BULK, four of B at HOME, none of C, whose home is FAR."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, HOME, BULK, FAR, GONE)
        change_location(session, GONE, "", False, 1)
    add_product("A", 5, location=HOME)
    add_product("B", 4, location=HOME)
    add_product("C", location=FAR)
    by("darryl.philbin", receive_goods, "A", 3, "", BULK)
    return office


@pytest.mark.parametrize(
    ("skus", "chosen", "lines"),
    [
        ((), {"locations": [HOME, BULK.lower()]}, [("A", HOME), ("B", HOME), ("A", BULK)]),
        ((), {"everywhere": True}, [("A", HOME), ("B", HOME), ("A", BULK), ("C", FAR)]),
        (("A",), {}, [("A", HOME), ("A", BULK)]),
        (("C", "B"), {}, [("B", HOME), ("C", FAR)]),
        (("A",), {"everywhere": True}, [("A", HOME), ("A", BULK)]),
        (("B",), {"location": BULK}, [("B", BULK)]),
    ],
)
def test_a_stock_take_covers_what_lies_at_its_locations(
    shelves: Office, skus: tuple[str, ...], chosen: dict, lines: list[tuple[str, str]]
):
    found = [(sku, at) for sku, at, _ in lines_of(start(*skus, **chosen))]
    assert found == sorted(lines, key=lambda line: line[::-1])


@pytest.mark.parametrize(
    ("skus", "chosen", "field"),
    [
        ((), {"locations": [HOME, "NOPE"]}, "location"),
        ((), {"locations": [GONE]}, "location"),
        ((), {}, "skus"),
        (("C",), {"locations": [HOME, BULK]}, "skus"),
        (("NOPE",), {"everywhere": True}, "skus"),
    ],
)
def test_a_stock_take_of_nothing_is_refused(
    shelves: Office, skus: tuple[str, ...], chosen: dict, field: str
):
    with pytest.raises(Invalid) as refused:
        start(*skus, **chosen)
    assert set(refused.value.errors) == {field}


def test_each_location_gets_its_difference_and_moved_cases_take_nothing_from_orders(
    shelves: Office, figures
):
    shelves.place(Ordered("A", cases=8))
    waiting = shelves.place(Ordered("A", cases=1))
    number = start("A")
    # all eight are reserved, and two of BULK stand at HOME
    counted = {f"A@{HOME}": 7, f"A@{BULK}": 1}
    by("roy.anderson", stock_takes.count_stock, number, counted, 1)
    assert by("darryl.philbin", stock_takes.confirm_stock_take, number, 2) == 2
    with reading("inventory") as session:
        lies = {code: cases for code, (cases, _) in at_locations(session, "A").items()}
    assert lies == {HOME: 7, BULK: 1} and stock_errors() == []
    assert figures("A") == Figures(on_hand=8, reserved=8), f"{waiting} got none of them"


def test_what_was_found_in_all_serves_who_waits(shelves: Office, figures):
    shelves.place(Ordered("A", cases=10))
    number = start("A")
    by("roy.anderson", stock_takes.count_stock, number, {f"A@{HOME}": 8, f"A@{BULK}": 2}, 1)
    by("darryl.philbin", stock_takes.confirm_stock_take, number, 2)
    assert figures("A") == Figures(on_hand=10, reserved=10) and stock_errors() == []


def test_less_in_all_than_is_reserved_is_refused(shelves: Office, figures):
    shelves.place(Ordered("A", cases=8))
    number = start("A")
    by("roy.anderson", stock_takes.count_stock, number, {f"A@{HOME}": 6, f"A@{BULK}": 1}, 1)
    with pytest.raises(DomainError, match="reserved for orders"):
        by("darryl.philbin", stock_takes.confirm_stock_take, number, 2)
    assert figures("A") == Figures(on_hand=8, reserved=8)


def test_two_who_count_at_once_keep_both_counts_and_are_asked_about_the_same_line(
    shelves: Office,
):
    number = start(everywhere=True)
    blank = {f"A@{HOME}": None, f"A@{BULK}": None, "B": None}
    by("roy.anderson", stock_takes.count_stock, number, {**blank, "B": 4}, 1, blank)
    by("madge.madsen", stock_takes.count_stock, number, {**blank, f"A@{BULK}": 3}, 1, blank)
    assert {f"{sku}@{at}": cases for sku, at, cases in lines_of(number)} == {
        f"A@{HOME}": None,
        f"A@{BULK}": 3,
        f"B@{HOME}": 4,
        f"C@{FAR}": None,
    }
    with pytest.raises(Stale) as refused:
        by("madge.madsen", stock_takes.count_stock, number, {**blank, "B": 9}, 1, blank)
    assert refused.value.changes == {"B": (4, "roy.anderson")}
    same = {**blank, "B": 4}
    assert by("madge.madsen", stock_takes.count_stock, number, same, 1, blank) == 0
    sure = {"B": 9}, 1, {"B": 4}
    assert by("madge.madsen", stock_takes.count_stock, number, *sure) == 1
    with pytest.raises(Stale, match="changed"):
        by("madge.madsen", stock_takes.confirm_stock_take, number, 2)


def test_a_line_from_before_locations_were_recorded_is_counted_at_its_default_location(
    shelves: Office, clean_database: str
):
    number = start("B", location=HOME)
    with psycopg.connect(clean_database, autocommit=True) as before:
        before.execute("UPDATE inventory.stock_take_line SET location = NULL")
    assert lines_of(number) == [("B", None, None)]
    by("roy.anderson", stock_takes.count_stock, number, {"B": 3}, 1)
    by("roy.anderson", stock_takes.confirm_stock_take, number, 2)
    assert lines_of(number) == [("B", HOME, 3)] and stock_errors() == []


def test_goods_that_left_a_location_since_the_count_stop_its_confirmation(shelves: Office):
    number = start(locations=[HOME, BULK])
    by("roy.anderson", stock_takes.count_stock, number, {f"A@{BULK}": 1}, 1)
    by("roy.anderson", transfer_stock, "A", BULK, FAR, 2)
    with pytest.raises(DomainError, match="A was transferred"):
        by("darryl.philbin", stock_takes.confirm_stock_take, number, 2)


def test_the_pages_group_by_location_say_how_far_each_is_and_ask_about_uncounted_lines(
    shelves: Office, client_as, figures
):
    darryl = client_as("darryl.philbin")
    begun = {"words": "Quarter", "location": [HOME, BULK], "action": "start"}
    at = darryl.post("/inventory/stock-takes", data=begun).location
    page = ServedPage(darryl.get(at))
    assert page.texts("#progress li") == [f"{HOME} 0 of 2", f"{BULK} 0 of 1"]
    assert page.texts("section h2") == ["Locations", HOME, BULK]
    assert page.first("#stock-take").root["data-watch"] == f"stock_take:{at.rpartition('/')[2]}"
    typed = {f"counted-A@{HOME}": "4", "counted-B": "", f"counted-A@{BULK}": ""}
    seen = {name.replace("counted-", "was-"): "" for name in typed}
    asked = darryl.post(at, data={**typed, **seen, "version": "1", "end": "confirm"})
    assert "2 of 3 lines are not counted" in ServedPage(asked).first("#confirms").text
    assert figures("A").on_hand == 8, "asked, not booked"
    only = ServedPage(darryl.get(f"{at}?location={BULK}"))
    assert only.texts("section h2") == ["Locations", BULK]
    part = {f"counted-A@{BULK}": "3", f"was-A@{BULK}": "", "version": "2", "end": ""}
    kept = darryl.post(f"{at}?location={BULK}", data=part)
    assert kept.location.endswith(f"?location={BULK}")
    page = ServedPage(darryl.get(at))
    assert page.texts("#progress li") == [f"{HOME} 1 of 2 1 difference", f"{BULK} 1 of 1"]
    assert "2 of 3" in ServedPage(darryl.get("/inventory/stock-takes")).first("tbody").text
    sure = {"version": page.value("version"), "end": "confirm-sure"}
    assert darryl.post(at, data=sure).status_code == 303 and figures("A").on_hand == 7


def test_on_the_page_others_counts_stay_and_the_same_line_is_asked_about_with_who_and_what(
    shelves: Office, client_as
):
    darryl, roy = client_as("darryl.philbin"), client_as("roy.anderson")
    at = darryl.post("/inventory/stock-takes", data={"words": "x", "location": HOME}).location
    blank = {"was-A": "", "was-B": "", "version": "1", "end": ""}
    roy.post(at, data={**blank, "counted-A": "5", "counted-B": ""})
    assert darryl.post(at, data={**blank, "counted-A": "", "counted-B": "4"}).status_code == 303
    page = ServedPage(darryl.get(at))
    assert (page.value("counted-A"), page.value("counted-B")) == ("5", "4")
    late = darryl.post(at, data={**blank, "counted-A": "6", "counted-B": "4"})
    page = ServedPage(late)
    assert late.status_code == 409 and page.is_wrong("counted-A") and not page.is_wrong("counted-B")
    assert "Roy Anderson counted 5 cases meanwhile." in page.text
    assert (page.value("counted-A"), page.value("was-A")) == ("6", "5"), "kept, and asked once"


def test_the_picker_adds_products_to_a_stock_take_without_javascript(shelves: Office, client_as):
    darryl = client_as("darryl.philbin")
    typed = {"words": "Some", "skus": "a", "adding-sku": "b", "location": BULK, "action": "add"}
    page = ServedPage(darryl.post("/inventory/stock-takes", data=typed))
    assert page.first("#skus").root.text == "A B" and page.value("adding-sku") == ""
    assert page.has(f'[name="location"][value="{BULK}"][checked]')
    button = page.first("#stock-take-form").root.select("button")[0]
    assert button["value"] == "add", "what Enter presses is the first button of a form"
    started = {"words": "Some", "skus": "A", "adding-sku": "b", "action": "start"}
    at = darryl.post("/inventory/stock-takes", data=started).location
    assert [sku for sku, _, _ in lines_of(at.rpartition("/")[2])] == ["A", "B", "A"]


def test_a_stock_take_of_several_locations_over_rest(shelves: Office, anonymous, bearer_for):
    headers = bearer_for("darryl.philbin", "inventory")
    begun = {"words": "All", "everywhere": True}
    take = anonymous.post("/api/v1/stock-takes", json=begun, headers=headers)
    assert take.status_code == 201 and len(take.json["lines"]) == 4
    path = f"/api/v1/stock-takes/{take.json['number']}"
    headers["If-Match"] = take.headers["ETag"]
    ambiguous = anonymous.put(path, json={"counted": {"A": 1}}, headers=headers)
    assert ambiguous.status_code == 422 and "counted-A" in ambiguous.json["errors"]
    done = anonymous.put(path, json={"counted": {f"A@{BULK}": 2, "B": 4}}, headers=headers)
    counted = {(each["sku"], each["location"]): each["counted"] for each in done.json["lines"]}
    assert counted["A", BULK] == 2 and counted["B", HOME] == 4 and counted["A", HOME] is None
