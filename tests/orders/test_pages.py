"""The list, the order's page, cancelling, and what others include, as people get them."""

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest
from flask.testing import FlaskClient

from models.shared.listeners.interface import apply_batch
from tests.factories.orders import Ordered, Reserved, Wire, events_of_order, make_reservation
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

MADE = "dm.inventory.reservation.made.v1"


@pytest.fixture
def jim(client_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_as("jim.halpert")


def version_of(database: str, number: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute(
            'SELECT version FROM orders."order" WHERE number = %s', [number]
        ).fetchone()[0]


def status_of(database: str, number: str) -> str:
    with psycopg.connect(database) as connection:
        return connection.execute(
            'SELECT status FROM orders."order" WHERE number = %s', [number]
        ).fetchone()[0]


def test_the_list_shows_filters_and_pages(
    jim: FlaskClient, wire: Wire, place: Callable[..., str]
) -> None:
    numbers = [place(Ordered("CP-20-LTR", cases=1)) for _ in range(27)]
    wire.deliver(MADE, make_reservation(numbers[3], Reserved(line=1, cases=0, short=1)))
    page = ServedPage(jim.get("/orders/"))
    assert numbers[26] in page.text and numbers[2] in page.text and numbers[1] not in page.html
    second = ServedPage(jim.get(page.next_page()))
    assert numbers[1] in second.text and numbers[2] not in second.html
    assert numbers[2] in jim.get(second.previous_page()).text
    narrowed = jim.get("/orders/?status=back_ordered").text
    assert numbers[3] in narrowed and numbers[4] not in narrowed


def test_a_damaged_cursor_is_a_clear_error_and_an_old_filter_is_dropped(
    jim: FlaskClient, place: Callable[..., str]
) -> None:
    number = place()
    assert jim.get("/orders/?after=xx").status_code == 400
    assert jim.get("/orders/?after=WyJhIiwiYiJd").status_code == 400  # ["a","b"]
    assert jim.get("/orders/?after=WzFd").status_code == 400  # [1]
    assert number in jim.get("/orders/?status=lost&sort=colour&since=yesterday&q=%00").text


def test_an_empty_list_says_what_to_do(jim: FlaskClient, wire: Wire) -> None:
    assert "No orders yet" in jim.get("/orders/").text
    assert "No matching orders" in jim.get("/orders/?q=granite").text


def test_new_orders_wait_behind_a_line(jim: FlaskClient, place: Callable[..., str]) -> None:
    place()
    page = ServedPage(jim.get("/orders/"))
    url = str(page.first("#orders-list").root["hx-get"])
    assert page.first(".newbar").root["data-news"] == "0"
    place()
    place()
    again = ServedPage(jim.get(url, headers=PARTIAL))
    assert again.first(".newbar").root["data-news"] == "2"
    assert again.first(".head-count").text == "3"
    assert again.texts("tbody .no") == page.texts("tbody .no")


def test_the_csv_holds_what_is_filtered_and_no_formula(
    jim: FlaskClient, place: Callable[..., str], database: str
) -> None:
    mine, _ = place(), place(actor="dwight.schrute")
    with psycopg.connect(database) as connection:
        connection.execute('UPDATE orders."order" SET client_name = \'=HYPERLINK("http://evil")\'')
    answer = jim.get("/orders/export.csv?owner=mine")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert answer.mimetype == "text/csv" and len(rows) == 2
    assert rows[1][:2] == [mine, '\'=HYPERLINK("http://evil")']
    assert rows[1][rows[0].index("Status")] == "Placed", "the list's word, not the value behind it"


def test_the_orders_page_and_its_fragments_show_the_same(
    jim: FlaskClient, wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    apply_batch("orders", events_of_order(database, number))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=4, short=6)))
    page = jim.get(f"/orders/{number}").text
    for words in (
        "Back-ordered",
        "4 reserved",
        "6 short",
        "Order placed, 10 cases",
        "40 Quarry Road",
        f'data-watch="order:{number}"',
        f"/inventory/orders/{number}/parcels",
    ):
        assert words in page
    state, timeline = (
        jim.get(f"/orders/{number}/state").text,
        jim.get(f"/orders/{number}/timeline").text,
    )
    assert "6 short" in state and "<html" not in state and "Order placed" not in state
    assert "Order placed, 10 cases" in timeline and "<html" not in timeline
    assert jim.get("/orders/DM-1").status_code == 404


def test_cancelling_asks_for_a_reason_and_then_the_warehouse(
    jim: FlaskClient, place: Callable[..., str], database: str
) -> None:
    number = place()
    assert "Cancel order" in jim.get(f"/orders/{number}").text
    form = {"version": str(version_of(database, number)), "form_key": "cancel-key-1"}
    answer = jim.post(f"/orders/{number}/cancel", data=form)
    assert answer.status_code == 422 and "Enter a reason." in answer.text
    for _ in range(2):
        answer = jim.post(f"/orders/{number}/cancel", data={**form, "reason": "Ordered twice"})
        assert answer.status_code == 303
    assert status_of(database, number) == "cancelling"
    assert "Cancelling" in jim.get(f"/orders/{number}").text


def test_only_an_administrator_sees_the_event_behind_a_step_and_the_correlation_id(
    jim: FlaskClient,
    client_as: Callable[[str], FlaskClient],
    place: Callable[..., str],
    database: str,
) -> None:
    number = place()
    apply_batch("orders", events_of_order(database, number))
    assert "Order placed" in (page := jim.get(f"/orders/{number}").text)
    behind = ("dm.orders.lifecycle", "Offset", "Correlation ID")
    assert not any(words in page for words in behind)
    seen = client_as("nick.reyes").get(f"/orders/{number}").text
    assert all(words in seen for words in behind)


def test_the_way_of_a_cancelled_order_begins_with_what_it_really_was(
    jim: FlaskClient, wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place()
    jim.post(
        f"/orders/{number}/cancel",
        data={"version": str(version_of(database, number)), "reason": "Ordered twice"},
    )
    wire.deliver("dm.inventory.reservation.released.v1", {"order_number": number, "lines": []})
    apply_batch("orders", events_of_order(database, number))
    assert status_of(database, number) == "cancelled"
    way = ServedPage(jim.get(f"/orders/{number}"))
    assert way.texts('ol[aria-label="Order progress"] .step') == ["Placed", "Cancelled"]


def test_a_stale_cancellation_shows_what_changed_and_keeps_the_reason(
    jim: FlaskClient, wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place()
    seen = version_of(database, number)
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=1, short=2)))
    answer = jim.post(
        f"/orders/{number}/cancel", data={"version": str(seen), "reason": "Ordered twice"}
    )
    assert (
        answer.status_code == 409
        and "Status changed from Placed to Back-ordered." in answer.text
        and "Ordered twice" in answer.text
    )
    assert status_of(database, number) == "back_ordered"


@pytest.mark.parametrize(
    ("uid", "status"),
    [
        ("dwight.schrute", 403),
        ("kelly.kapoor", 403),
        ("roy.anderson", 403),
        ("pam.beesly", 403),
        ("michael.scott", 303),
    ],
)
def test_only_the_owner_or_a_sales_manager_cancels(
    client_as: Callable[[str], FlaskClient],
    place: Callable[..., str],
    database: str,
    uid: str,
    status: int,
) -> None:
    number = place()
    form = {"version": str(version_of(database, number)), "reason": "No"}
    browser = client_as(uid)
    assert browser.post(f"/orders/{number}/cancel", data=form).status_code == status
    assert status_of(database, number) == ("cancelling" if status == 303 else "placed")
    if status == 403 and uid != "pam.beesly":
        assert "Cancel order" not in browser.get(f"/orders/{number}").text


def test_reception_and_strangers_see_no_orders(
    client_as: Callable[[str], FlaskClient], anonymous: FlaskClient, place: Callable[..., str]
) -> None:
    number = place()
    for path in (
        "/orders/",
        f"/orders/{number}",
        "/orders/export.csv",
        "/orders/home",
        "/orders/search?q=DM",
    ):
        assert client_as("pam.beesly").get(path).status_code == 403
        assert anonymous.get(path).status_code in (302, 303)
        assert client_as("roy.anderson").get(path).status_code == 200


def test_only_an_administrator_rebuilds_the_timeline(
    jim: FlaskClient,
    client_as: Callable[[str], FlaskClient],
    place: Callable[..., str],
    database: str,
) -> None:
    number = place()
    apply_batch("orders", events_of_order(database, number))
    nick = client_as("nick.reyes")
    assert "Rebuild all order histories" in nick.get(f"/orders/{number}").text
    assert "Rebuild all order histories" not in jim.get(f"/orders/{number}").text
    assert jim.post("/orders/timeline/rebuild").status_code == 403
    answer = nick.post("/orders/timeline/rebuild", data={"back": "//evil.example/"})
    assert answer.status_code == 303 and answer.location == "/orders/"
    assert "Order placed" in jim.get(f"/orders/{number}/timeline").text


def test_home_and_palette_show_my_waiting_orders(
    jim: FlaskClient, client_as: Callable[[str], FlaskClient], place: Callable[..., str]
) -> None:
    number = place()
    assert number in jim.get("/orders/home").text
    assert number not in client_as("dwight.schrute").get("/orders/home").text
    assert number in jim.get("/orders/search?q=pine").text
    assert (
        number not in jim.get("/orders/search?q=granite").text
        and jim.get("/orders/search?q=").status_code == 200
    )


def test_the_frame_that_people_share_offers_each_what_they_may_and_names_nobody_else(
    client_as, clean_database
) -> None:
    for _ in range(2):
        jim, pam = client_as("jim.halpert"), client_as("pam.beesly").get("/").text
        home, orders = jim.get("/").text, jim.get("/orders/").text
        assert 'href="/orders/"' in home and 'href="/orders/"' not in pam
        assert "pam.beesly" in pam and "jim.halpert" in home and "jim.halpert" not in pam
        assert (
            '<a href="/" aria-current="page">' in home
            and '<a href="/" aria-current="page">' not in orders
        )
        assert (
            '<a href="/orders/" aria-current="page">' in orders
            and '<a href="/orders/" aria-current' not in home
        )


@pytest.mark.parametrize("path", ["", "/edit"])
def test_a_discount_of_ten_reads_as_ten(
    client_as: Callable[[str], FlaskClient], inventory, place: Callable[..., str], path: str
):
    number = (
        place(discount_percent=Decimal("10.00"))
        if path != "/edit"
        else place(discount_percent=Decimal("50.00"))
    )
    page = client_as("jim.halpert").get(f"/orders/{number}{path}").text
    assert "1E+1" not in page and "5E+1" not in page
    said = "Up to 10% without approval" if path == "/edit" else "Discount, 10 ?%"
    assert re.search(said, page)


@pytest.mark.parametrize(
    ("held", "words"), [(0, "Nothing reserved, 10 cases short"), (4, "4 cases reserved, 6 short")]
)
def test_the_history_says_in_words_what_was_held_and_when_it_was_placed(
    jim: FlaskClient, wire: Wire, place: Callable[..., str], held: int, words: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=held, short=10 - held)))
    page = ServedPage(jim.get(f"/orders/{number}"))
    assert words in page.text
    assert page.texts(".head-sub")[0].endswith(("Jim Halpert, today", "Jim Halpert, yesterday"))


def test_a_client_of_an_order_leads_to_the_client(
    jim: FlaskClient, client_as: Callable[[str], FlaskClient], place: Callable[..., str]
) -> None:
    number = place()
    for address in ("/orders/", f"/orders/{number}"):
        page = ServedPage(jim.get(address))
        leads_to = {url for url in page.links() if url.startswith("/sales/clients/CL-")}
        assert len(leads_to) == 1, address
        assert not [url for url in page.links() if "q=Dunmore" in url], "not to a list of orders"
        page = ServedPage(client_as("darryl.philbin").get(address))
        assert not [url for url in page.links() if url.startswith("/sales/clients/CL-")]


def test_a_bar_of_a_chart_leads_to_just_its_orders(
    jim: FlaskClient, place: Callable[..., str]
) -> None:
    place()
    place()
    charts = ServedPage(jim.get("/orders/charts"))
    table = charts.first("#orders-count table")
    rows = [ServedPage.part(row) for row in table.root.select("tbody tr")]
    assert len(rows) == 12
    for row in rows:
        found = ServedPage(jim.get(row.links()[0]))
        assert found.first(".head-count").text == row.first("td.num").text
    products = charts.first("#orders-products")
    [product] = products.root.select("tbody a")
    assert ServedPage(jim.get(str(product["href"]))).first(".head-count").text == "2"
