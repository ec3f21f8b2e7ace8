"""The warehouse's pages and REST: who may, bad input, sent twice."""

import csv
import io

import pytest

from models.shared.listeners.interface import apply_batch
from tests.factories.inventory import Figures, Office, add_product
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL


@pytest.fixture
def parcel(office: Office, published) -> str:
    add_product("A", 5)
    office.place(Ordered("A", cases=2))
    return published("shipment.created")[0]["shipment_number"]


def test_products_show_what_is_available(parcel: str, client_as):
    page = client_as("pam.beesly").get("/inventory/products").get_data(as_text=True)
    assert "Paper A" in page
    assert "Receive goods" not in page


def test_a_product_shows_its_ledger(parcel: str, client_as):
    page = ServedPage(client_as("darryl.philbin").get("/inventory/products/A"))
    kinds = page.texts(".list-ledger td:first-child")
    assert {"Received", "Reserved"} <= set(kinds)
    assert page.link("DM-100001") == "/orders/DM-100001", "what moved the stock is one press away"


def test_the_warehouse_takes_a_parcel_through_its_steps_by_plain_forms(parcel: str, client_as):
    darryl = client_as("darryl.philbin")
    deliver(darryl, parcel)
    assert "Delivered" in darryl.get(f"/inventory/shipments/{parcel}").get_data(as_text=True)


def test_a_step_without_what_it_needs_comes_back_with_what_was_typed(parcel: str, client_as):
    darryl = client_as("darryl.philbin")
    darryl.post(f"/inventory/shipments/{parcel}/pick", data={"version": 1})
    darryl.post(f"/inventory/shipments/{parcel}/pack", data={"version": 2})
    answer = darryl.post(
        f"/inventory/shipments/{parcel}/dispatch", data={"version": 3, "carrier": "Keystone"}
    )
    assert answer.status_code == 422
    assert 'value="Keystone"' in answer.get_data(as_text=True)
    assert "err-tracking" in answer.get_data(as_text=True)


def test_who_was_slower_is_told_what_changed(parcel: str, client_as):
    darryl = client_as("darryl.philbin")
    darryl.post(f"/inventory/shipments/{parcel}/pick", data={"version": 1})
    answer = darryl.post(f"/inventory/shipments/{parcel}/pick", data={"version": 1})
    assert answer.status_code == 409
    assert "changed since you opened it" in answer.get_data(as_text=True)


def test_sales_may_look_at_a_parcel_and_not_pick_it(parcel: str, client_as, published):
    jim = client_as("jim.halpert")
    page = jim.get(f"/inventory/shipments/{parcel}").get_data(as_text=True)
    assert parcel in page
    assert "/pick" not in page and 'id="step"' not in page
    assert jim.post(f"/inventory/shipments/{parcel}/pick", data={"version": 1}).status_code == 403
    assert published("shipment.picked") == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"lines-0-sku": "NOPE", "lines-0-quantity": "1"}, "lines-0-sku"),
        ({"lines-0-sku": "A", "lines-0-quantity": "0"}, "lines-0-quantity"),
        ({"lines-0-sku": "A", "lines-0-quantity": "-4"}, "lines-0-quantity"),
        ({"lines-0-sku": "A", "lines-0-quantity": "1e9"}, "lines-0-quantity"),
        ({"lines-0-sku": "A", "lines-0-quantity": "99999999"}, "lines-0-quantity"),
        ({}, "lines-0-quantity"),
    ],
)
def test_goods_with_bad_input_come_back_beside_the_field(
    parcel: str, client_as, figures, typed: dict, field: str
):
    answer = client_as("darryl.philbin").post("/inventory/receive", data=typed)
    assert answer.status_code == 422
    assert f'id="err-{field}"' in answer.get_data(as_text=True)
    assert figures("A") == Figures(on_hand=5, reserved=2)


def test_a_receipt_that_is_sent_twice_is_taken_in_once(parcel: str, client_as, figures):
    darryl = client_as("darryl.philbin")
    seven = {"lines-0-sku": "a", "lines-0-quantity": "7", "form_key": "receipt-0001"}
    for _ in range(2):
        assert darryl.post("/inventory/receive", data=seven).status_code == 303
    assert figures("A") == Figures(on_hand=12, reserved=2)
    changed = darryl.post("/inventory/receive", data={**seven, "lines-0-quantity": "8"})
    assert changed.status_code == 422
    assert figures("A") == Figures(on_hand=12, reserved=2)


def test_the_parcels_of_an_order_are_a_fragment_with_what_is_still_short(
    office: Office, client_as, published
):
    add_product("A", 5)
    number = office.place(Ordered("A", cases=8))
    page = (
        client_as("jim.halpert").get(f"/inventory/orders/{number}/parcels").get_data(as_text=True)
    )
    assert published("shipment.created")[0]["shipment_number"] in page
    assert "3 cases" in page


def test_rest_answers_price_and_stock_with_an_etag(parcel: str, web_app, bearer_for):
    client, headers = web_app.test_client(), bearer_for("jim.halpert", "inventory")
    listed = client.get("/api/v1/products?q=paper&sku=A", headers=headers).json
    assert [(item["sku"], item["unit_price"], item["available"]) for item in listed["items"]] == [
        ("A", "38.90", 3)
    ]
    one = client.get("/api/v1/products/A", headers=headers)
    again = client.get(
        "/api/v1/products/A", headers={**headers, "If-None-Match": one.headers["ETag"]}
    )
    assert again.status_code == 304
    assert client.get("/api/v1/products/NOPE", headers=headers).status_code == 404


def test_rest_steps_need_the_version_that_was_read(parcel: str, web_app, bearer_for):
    client, headers = web_app.test_client(), bearer_for("roy.anderson", "inventory")
    path = f"/api/v1/shipments/{parcel}"
    assert client.post(f"{path}/pick", json={}, headers=headers).status_code == 428
    etag = client.get(path, headers=headers).headers["ETag"]
    assert (
        client.post(f"{path}/pick", json={}, headers={**headers, "If-Match": etag}).json["status"]
        == "picked"
    )
    assert (
        client.post(f"{path}/pack", json={}, headers={**headers, "If-Match": etag}).status_code
        == 409
    )
    jim = bearer_for("jim.halpert", "inventory")
    assert (
        client.post(f"{path}/pack", json={}, headers={**jim, "If-Match": '"2"'}).status_code == 403
    )


def test_rest_takes_goods_in_once_per_key(parcel: str, web_app, bearer_for, figures):
    client, headers = (
        web_app.test_client(),
        {**bearer_for("roy.anderson", "inventory"), "Idempotency-Key": "receipt-0002"},
    )
    first, second = (
        client.post("/api/v1/receipts", json={"sku": "A", "quantity": 4}, headers=headers)
        for _ in range(2)
    )
    assert first.status_code == 201
    assert first.json == second.json
    assert figures("A") == Figures(on_hand=9, reserved=2)


def test_an_order_that_waits_is_on_the_product_page(office: Office, client_as):
    add_product("A", 1)
    number = office.place(Ordered("A", cases=4))
    assert apply_batch("inventory", []).dead == 0
    assert number in client_as("darryl.philbin").get("/inventory/products/A").get_data(as_text=True)


def test_the_list_says_how_many_parcels_are_new_and_leaves_the_rows_alone(
    parcel: str, client_as, office: Office
):
    darryl = client_as("darryl.philbin")
    page = ServedPage(darryl.get("/inventory/shipments/"))
    address = str(page.first("#shipments-list").root["hx-get"])
    office.place(Ordered("A", cases=1))
    office.place(Ordered("A", cases=1))
    answer = ServedPage(darryl.get(address, headers=PARTIAL))
    assert answer.first(".newbar").root["data-news"] == "2"
    assert answer.texts("tbody .no") == page.texts("tbody .no")
    assert address in answer.fetches()
    assert darryl.get("/inventory/shipments/?from=%%%").status_code == 400


@pytest.mark.parametrize(
    ("tab", "is_newest_first"),
    [
        ("", True),
        ("?status=waiting", False),
        ("?status=delivered", True),
        ("?status=waiting&sort=newest", True),
        ("?sort=oldest", False),
    ],
)
def test_what_is_to_do_begins_with_the_oldest_and_what_is_looked_up_with_the_newest(
    parcel: str, client_as, office: Office, published, tab: str, is_newest_first: bool
):
    office.place(Ordered("A", cases=1))
    numbers = [each["shipment_number"] for each in published("shipment.created")]
    if "delivered" in tab:
        for number in numbers:
            deliver(client_as("darryl.philbin"), number)
    page = ServedPage(client_as("darryl.philbin").get(f"/inventory/shipments/{tab}"))
    shown = [number for row in page.texts("tbody tr") for number in numbers if number in row]
    assert shown == (numbers[::-1] if is_newest_first else numbers)


def test_a_tab_of_work_says_how_many_even_when_none(parcel: str, client_as):
    page = ServedPage(client_as("darryl.philbin").get("/inventory/shipments/"))
    tabs = dict(tab.stripped_strings for tab in page.root.select("nav.views a:has(span)"))
    assert tabs == {"Ready to pick": "1", "Picked": "0", "Packed": "0", "Shipped": "0"}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/inventory/board", "/inventory/shipments/"),
        ("/inventory/receive", "/inventory/products"),
        ("/inventory/stock-takes", "/inventory/products"),
        ("/inventory/locations", "/inventory/products"),
    ],
)
def test_each_page_of_the_warehouse_says_in_the_navigation_where_one_is(
    parcel: str, client_as, path: str, place: str
):
    page = ServedPage(client_as("darryl.philbin").get(path))
    page.first("main").root.decompose()
    assert set(page.links(**{"aria-current": "page"})) == {place}, "at the side and below alike"


def deliver(hand, number: str) -> None:
    """Takes a parcel through all its steps."""
    for version, (step, extra) in enumerate(
        (
            ("pick", {}),
            ("pack", {}),
            ("dispatch", {"carrier": "KF", "tracking": "1"}),
            ("deliver", {"signed_by": "R. Oduya"}),
        ),
        1,
    ):
        assert (
            hand.post(
                f"/inventory/shipments/{number}/{step}", data={"version": version, **extra}
            ).status_code
            == 303
        )


def test_parcels_leave_as_csv_without_formulas(parcel: str, client_as):
    darryl = client_as("darryl.philbin")
    for version, (step, extra) in enumerate(
        (("pick", {}), ("pack", {}), ("dispatch", {"carrier": "=cmd", "tracking": "+1"})), 1
    ):
        darryl.post(f"/inventory/shipments/{parcel}/{step}", data={"version": version, **extra})
    rows = list(
        csv.DictReader(
            io.StringIO(
                darryl.get("/inventory/shipments.csv?status=dispatched").text.lstrip("\ufeff")
            )
        )
    )
    assert [(row["Shipment"], row["Status"], row["Carrier"], row["Tracking"]) for row in rows] == [
        (parcel, "Shipped", "'=cmd", "'+1")
    ]
    assert darryl.get("/inventory/shipments.csv?status=waiting").text.count("\n") == 1
    assert client_as("pam.beesly").get("/inventory/shipments.csv").status_code == 403
