"""The warehouse's pages as people get them."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from models.inventory.commands import dispatch_shipment, pack_shipment, pick_shipment
from tests.inventory.conftest import CARD, PAPER, Orders, act, figures, parcels

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
ORDER = "DM-100042"


@pytest.fixture
def darryl(client_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_as("darryl.philbin")


@pytest.fixture
def jim(client_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_as("jim.halpert")


@pytest.fixture
def parcel(shelf: Callable[..., None], orders: Orders) -> str:
    """An order of six cases, all there: its parcel waits."""
    shelf(PAPER, 10)
    orders.place(ORDER, (PAPER, 6))
    return parcels(ORDER)[0][0]


def keys(page: str) -> dict[str, str]:
    """The hidden fields of the page's last form."""
    return {name: re.findall(rf'name="{name}" value="([^"]+)"', page)[-1] for name in ("form_key", "version")}


@pytest.mark.parametrize("path", ["/inventory/products", "/inventory/shipments/", "/inventory/home"])
def test_every_list_says_what_to_do_while_it_is_empty(darryl: FlaskClient, clean_database: str, path: str) -> None:
    answer = darryl.get(path)
    assert answer.status_code == 200 and "hollow" in answer.text


def test_a_product_shows_figures_chart_ledger_and_who_waits(
    jim: FlaskClient, parcel: str, orders: Orders
) -> None:
    orders.place("DM-100043", (PAPER, 9))
    page = jim.get(f"/inventory/products/{PAPER}").text
    assert "0 cases" in page and "10 cases" in page and "None available" in page
    assert "ch-line" in page and "Goods received" in page and "Held for an order" in page
    assert "DM-100043" in page and "5 short" in page
    assert "Receive goods" not in page, "not offered to sales"
    assert jim.get(f"/inventory/products/{PAPER}/stock").text.strip().startswith("<div id=")
    assert jim.get("/inventory/products/NO-SUCH").status_code == 404


def test_the_products_are_searched_narrowed_paged_and_exported(jim: FlaskClient, shelf: Callable[..., None]) -> None:
    for n in range(27):
        shelf(f"P-{n:02}", 5, reorder_point=5 if n == 3 else 0)
    page = jim.get("/inventory/products").text
    assert "P-24" in page and "P-25" not in page
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "P-26" in jim.get(older).text and "P-24" not in jim.get(older).text
    low = jim.get("/inventory/products?stock=low").text
    assert "P-03" in low and "P-04" not in low
    assert "Nothing matches" in jim.get("/inventory/products?q=teapot").text
    assert len(jim.get("/inventory/products/export.csv").text.splitlines()) == 28
    assert jim.get("/inventory/products?after=xx").status_code == 400
    assert jim.get("/inventory/products?after=WzFd").status_code == 400


def test_a_parcel_goes_from_shelf_to_client_by_its_page(darryl: FlaskClient, parcel: str) -> None:
    address = f"/inventory/shipments/{parcel}"
    for step, facts, says in (
        ("pick", {}, "Picked"), ("pack", {}, "Packed"),
        ("dispatch", {"carrier": "Keystone Freight", "tracking": "KF 881 204"}, "Shipped"),
        ("deliver", {"signed_by": "R. Oduya"}, "Delivered"),
    ):  # fmt: skip
        page = darryl.get(address).text
        answer = darryl.post(f"{address}/{step}", data={**keys(page), **facts})
        assert answer.status_code == 303 and answer.location == address
        assert says in darryl.get(address).text
    page = darryl.get(address).text
    assert "R. Oduya" in page and "KF 881 204" in page and 'id="next"' not in page
    assert figures(PAPER) == (4, 0, 4)


def test_a_step_by_htmx_answers_with_the_parcel_as_it_stands(darryl: FlaskClient, parcel: str) -> None:
    address = f"/inventory/shipments/{parcel}"
    answer = darryl.post(f"{address}/pick", data=keys(darryl.get(address).text), headers=PARTIAL)
    assert answer.status_code == 200 and answer.text.strip().startswith(f'<div id="shipment-{parcel}"')
    assert "Mark as packed" in answer.text and "toast" in answer.headers["HX-Trigger"]


def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_stays(darryl: FlaskClient, parcel: str) -> None:
    act(pick_shipment, parcel)
    act(pack_shipment, parcel)
    address = f"/inventory/shipments/{parcel}"
    typed = {**keys(darryl.get(address).text), "carrier": "<b>Keystone", "tracking": " "}
    answer = darryl.post(f"{address}/dispatch", data=typed)
    assert answer.status_code == 422 and 'id="err-tracking"' in answer.text
    assert "&lt;b&gt;Keystone" in answer.text and "<b>Keystone" not in answer.text
    assert parcels(ORDER)[0][1] == "packed"


def test_a_stale_step_is_refused_with_how_it_stands(darryl: FlaskClient, parcel: str) -> None:
    address = f"/inventory/shipments/{parcel}"
    seen = keys(darryl.get(address).text)
    act(pick_shipment, parcel, actor="roy.anderson")
    answer = darryl.post(f"{address}/pick", data=seen)
    assert answer.status_code == 409 and "Somebody was faster" in answer.text
    assert "Mark as packed" in answer.text


def test_a_double_click_takes_one_step(darryl: FlaskClient, parcel: str) -> None:
    address = f"/inventory/shipments/{parcel}"
    seen = keys(darryl.get(address).text)
    first, second = (darryl.post(f"{address}/pick", data=seen) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert parcels(ORDER)[0][1] == "picked"


@pytest.mark.parametrize("step", ["pick", "pack", "dispatch", "deliver"])
def test_sales_is_neither_offered_a_step_nor_allowed_one(jim: FlaskClient, parcel: str, step: str) -> None:
    page = jim.get(f"/inventory/shipments/{parcel}")
    assert page.status_code == 200 and 'id="next"' not in page.text
    assert jim.post(f"/inventory/shipments/{parcel}/{step}", data={"version": 1}).status_code == 403
    assert parcels(ORDER)[0][1] == "waiting"


def test_an_unknown_parcel_or_step_is_not_found(darryl: FlaskClient, parcel: str) -> None:
    assert darryl.get("/inventory/shipments/SH-1").status_code == 404
    assert darryl.post("/inventory/shipments/SH-1/pick", data={"version": 1}).status_code == 404
    assert darryl.post(f"/inventory/shipments/{parcel}/burn", data={"version": 1}).status_code == 404


def test_goods_are_received_once_by_the_form_and_serve_who_waits(
    darryl: FlaskClient, shelf: Callable[..., None], orders: Orders
) -> None:
    shelf(CARD)
    orders.place(ORDER, (CARD, 12))
    page = darryl.get(f"/inventory/receive?sku={CARD}").text
    key = re.findall(r'name="form_key" value="([^"]+)"', page)[-1]
    typed = {"sku": CARD.lower(), "quantity": "20", "note": "Truck 7", "form_key": key}
    answers = [darryl.post("/inventory/receive", data=typed) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert figures(CARD) == (20, 12, 8) and parcels(ORDER)[0][1:] == ("waiting", 12)
    other = darryl.post("/inventory/receive", data={**typed, "quantity": "21"})
    assert other.status_code == 422 and figures(CARD) == (20, 12, 8)


@pytest.mark.parametrize(
    ("sku", "quantity", "wrong"),
    [("NO-SUCH", "5", "sku"), (PAPER, "0", "quantity"), (PAPER, "-3", "quantity"), (PAPER, "1000000", "quantity"),
     (PAPER, "9" * 40, "quantity"), (PAPER, "2.5", "quantity"), (PAPER, "", "quantity"), ("", "5", "sku")],
)  # fmt: skip
def test_bad_receipts_get_a_clear_answer_and_change_nothing(
    darryl: FlaskClient, shelf: Callable[..., None], sku: str, quantity: str, wrong: str
) -> None:
    shelf(PAPER, 10)
    answer = darryl.post("/inventory/receive", data={"sku": sku, "quantity": quantity, "note": "kept"})
    assert answer.status_code == 422 and f'id="err-{wrong}"' in answer.text
    assert 'value="kept"' in answer.text and figures(PAPER) == (10, 0, 10)


def test_only_the_warehouse_receives_and_only_with_the_session_s_token(
    darryl: FlaskClient, jim: FlaskClient, shelf: Callable[..., None]
) -> None:
    shelf(PAPER, 10)
    typed = {"sku": PAPER, "quantity": "5"}
    assert jim.get("/inventory/receive").status_code == 403
    assert jim.post("/inventory/receive", data=typed).status_code == 403
    assert darryl.post("/inventory/receive", data=typed, headers={"X-CSRF-Token": "forged"}).status_code == 403
    assert figures(PAPER) == (10, 0, 10)


def test_the_shipments_stand_under_their_steps(darryl: FlaskClient, parcel: str, orders: Orders) -> None:
    orders.place("DM-100043", (PAPER, 2))
    second = parcels("DM-100043")[0][0]
    act(pick_shipment, second)
    waiting = darryl.get("/inventory/shipments/?status=waiting").text
    assert parcel in waiting and second not in waiting
    assert second in darryl.get("/inventory/shipments/?q=dm-100043").text
    assert len(darryl.get("/inventory/shipments/export.csv").text.splitlines()) == 3
    assert darryl.get("/inventory/shipments/?after=WyJhIiwiYiJd").status_code == 400


def test_a_row_s_button_takes_the_step_and_comes_back_to_the_list(darryl: FlaskClient, parcel: str) -> None:
    seen = keys(darryl.get("/inventory/shipments/").text)
    answer = darryl.post(f"/inventory/shipments/{parcel}/pick", data={**seen, "back": "list"})
    assert answer.status_code == 303 and answer.location == "/inventory/shipments/"
    assert parcels(ORDER)[0][1] == "picked"


def test_the_order_page_gets_its_parcels_and_what_waits(jim: FlaskClient, parcel: str, orders: Orders) -> None:
    orders.place("DM-100043", (PAPER, 9))
    page = jim.get("/inventory/orders/DM-100043/parcels").text
    assert "Waits for stock" in page and "5 cases" in page and "4 cases" in page
    assert parcel in jim.get(f"/inventory/orders/{ORDER}/parcels").text
    assert "No parcel yet" in jim.get("/inventory/orders/DM-1/parcels").text


def test_home_search_and_slip_say_the_same(darryl: FlaskClient, parcel: str) -> None:
    assert parcel in darryl.get("/inventory/home").text
    found = darryl.get(f"/inventory/search?q={PAPER.lower()}").text
    assert PAPER in found and parcel in found
    assert darryl.get("/inventory/search?q=").text.strip() == ""
    slip = darryl.get(f"/inventory/shipments/{parcel}/slip").text
    assert "04-01" in slip and PAPER in slip


def test_people_without_shipments_find_products_only(client_as: Callable[..., FlaskClient], parcel: str) -> None:
    angela = client_as("angela.martin")
    found = angela.get(f"/inventory/search?q={PAPER}").text
    assert PAPER in found and parcel not in found
    assert angela.get("/inventory/shipments/").status_code == 403


def test_the_line_above_the_list_counts_what_came_since(darryl: FlaskClient, parcel: str, orders: Orders) -> None:
    page = darryl.get("/inventory/shipments/").text
    address = re.search(r'hx-get="([^"]*newer[^"]*)"', page)[1].replace("&amp;", "&")
    assert "newbar" not in darryl.get(address, headers=PARTIAL).text
    orders.place("DM-100043", (PAPER, 1))
    assert "Show 1 new parcel" in darryl.get(address, headers=PARTIAL).text


def test_a_parcel_that_left_is_not_called_off(darryl: FlaskClient, parcel: str, orders: Orders) -> None:
    act(pick_shipment, parcel)
    act(pack_shipment, parcel)
    act(dispatch_shipment, parcel, "Keystone Freight", "KF 1")
    orders.cancel(ORDER)
    assert "Shipped" in darryl.get(f"/inventory/shipments/{parcel}").text
