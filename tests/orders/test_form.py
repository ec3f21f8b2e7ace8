"""The order form: what it takes, what it refuses, and that it works without JavaScript."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from tests.factories.orders import CLIENT, ORDER_FORM, Wire
from tests.orders.inventory_stand_in import StandIn
from tests.pages.served import ServedPage

pytestmark = pytest.mark.usefixtures("wire")


@pytest.fixture
def jim(client_as: Callable[[str], FlaskClient], inventory: StandIn) -> FlaskClient:
    return client_as("jim.halpert")


def orders_in(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            'SELECT number, owner, owner_name, total, status FROM orders."order" ORDER BY 1'
        ).fetchall()


def test_a_posted_form_places_an_order_at_the_warehouse_prices(
    jim: FlaskClient, database: str
) -> None:
    answer = jim.post("/orders/new", data=ORDER_FORM)
    ((number, owner, name, total, status),) = orders_in(database)
    assert answer.status_code == 303 and answer.location == f"/orders/{number}"
    assert (owner, name, str(total), status) == ("jim.halpert", "Jim Halpert", "199.10", "placed")


def test_a_price_sent_by_the_browser_is_ignored(jim: FlaskClient, database: str) -> None:
    jim.post(
        "/orders/new",
        data={**ORDER_FORM, "lines-0-unit_price": "0.01", "lines-0-price": "0.01", "total": "1.00"},
    )
    assert [str(row[3]) for row in orders_in(database)] == ["199.10"]


def test_a_form_sent_twice_places_one_order_and_answers_the_same(
    jim: FlaskClient, database: str
) -> None:
    first, second = (
        jim.post("/orders/new", data=ORDER_FORM),
        jim.post("/orders/new", data=ORDER_FORM),
    )
    assert first.location == second.location
    assert len(orders_in(database)) == 1
    jim.post("/orders/new", data={**ORDER_FORM, "form_key": "a-form-key-2"})
    assert len(orders_in(database)) == 2


def test_the_same_key_with_other_contents_is_refused_and_the_input_kept(
    jim: FlaskClient, database: str
) -> None:
    jim.post("/orders/new", data=ORDER_FORM)
    answer = jim.post("/orders/new", data={**ORDER_FORM, "purchase_order": "OTHER-77"})
    assert answer.status_code == 422 and "already sent" in answer.text and "OTHER-77" in answer.text
    assert len(orders_in(database)) == 1


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"client_number": ""}, "client_number", "Choose a client."),
        ({"client_number": "CL-9999"}, "client_number", "No client has the number CL-9999."),
        (
            {"client_number": "<script>"},
            "client_number",
            "No client has the number &lt;script&gt;.",
        ),
        ({"lines-0-sku": "NO-SUCH"}, "lines-0-sku", "No product has the SKU NO-SUCH."),
        ({"lines-0-sku": "../orders"}, "lines-0-sku", "No product has the SKU ../ORDERS."),
        ({"lines-0-sku": ""}, "lines-0-sku", "Choose a product."),
        ({"lines-0-sku": "cs-110-iv"}, "lines-0-sku", "This product is already on another line."),
        ({"lines-0-quantity": "0"}, "lines-0-quantity", "Enter at least 1 case."),
        ({"lines-0-quantity": "-5"}, "lines-0-quantity", "Enter at least 1 case."),
        ({"lines-0-quantity": "100001"}, "lines-0-quantity", "Enter at most 100,000 cases."),
        (
            {"lines-0-quantity": "999999999999999999"},
            "lines-0-quantity",
            "Enter a whole number of cases, such as 12.",
        ),
        (
            {"lines-0-quantity": "1.5"},
            "lines-0-quantity",
            "Enter a whole number of cases, such as 12.",
        ),
        (
            {"lines-0-quantity": "many"},
            "lines-0-quantity",
            "Enter a whole number of cases, such as 12.",
        ),
        ({"lines-0-quantity": "٣"}, "lines-0-quantity", "Did you mean 3?"),
        ({"lines-0-quantity": "1e3"}, "lines-0-quantity", "Did you mean 1,000?"),
        ({"discount": "1_0"}, "discount", "Did you mean 10?"),
        ({"purchase_order": "x" * 201}, "purchase_order", "Enter at most 200 characters."),
        (
            {"deliver_to-street": "1 Dock"},
            "deliver_to-city",
            "Enter a city of at most 200 characters.",
        ),
        (
            {"lines-0-sku": "", "lines-0-quantity": "", "lines-1-sku": "", "lines-1-quantity": ""},
            "lines",
            "Add at least one line.",
        ),
    ],
)
def test_bad_input_comes_back_beside_its_field_with_what_was_typed(
    jim: FlaskClient, database: str, change: dict[str, str], field: str, words: str
) -> None:
    answer = jim.post("/orders/new", data={**ORDER_FORM, **change})
    assert answer.status_code == 422
    assert f'id="err-{field}"' in answer.text and words in answer.text
    assert 'value="CS-110-IV"' in answer.text or "lines-1-sku" in change
    assert orders_in(database) == []


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"lines-0-quantity": "-3"}, "lines-0-quantity", "Enter at least 1 case."),
        ({"lines-1-quantity": "1.5"}, "lines-1-quantity", "Enter a whole number of cases"),
        ({"lines-0-quantity": "abc"}, "lines-0-quantity", "Enter a whole number of cases"),
        ({"lines-0-quantity": "1e3"}, "lines-0-quantity", "Did you mean 1,000?"),
        ({"discount": "101"}, "discount", "Enter a percentage from 0 to 100"),
    ],
)
def test_what_will_be_refused_is_said_while_it_is_typed(
    jim: FlaskClient, change: dict[str, str], field: str, words: str
) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    blank = {"lines-0-sku": "", "lines-0-quantity": ""}
    for typed in (ORDER_FORM, {**ORDER_FORM, **blank}, {**ORDER_FORM, "discount": ""}):
        quoted = ServedPage(jim.post("/orders/quote", data=typed, headers=headers))
        assert not quoted.is_wrong(field), "what is right or blank is not remarked on"
    quoted = ServedPage(jim.post("/orders/quote", data={**ORDER_FORM, **change}, headers=headers))
    assert quoted.is_wrong(field) and words in quoted.text


def test_a_price_that_changed_since_it_was_seen_is_asked_and_then_taken(
    jim: FlaskClient, database: str
) -> None:
    seen = {**ORDER_FORM, "lines-0-seen_price": "CP-20-LTR 20.00"}
    asked = jim.post("/orders/new", data=seen)
    assert asked.status_code == 422 and orders_in(database) == []
    said = ServedPage(asked).first("#err-lines-0-sku").text
    assert "changed from $20.00 to $" in said and "place the order again" in said
    again = ServedPage(asked).value("lines-0-seen_price")
    assert again.startswith("CP-20-LTR ") and again != seen["lines-0-seen_price"]
    assert jim.post("/orders/new", data={**seen, "lines-0-seen_price": again}).status_code == 303
    assert len(orders_in(database)) == 1


@pytest.mark.parametrize("seen", ["CS-110-IV 1.00", "", "CP-20-LTR", "CP-20-LTR x", "CP-20-LTR -1"])
def test_a_price_of_another_product_or_none_is_not_compared(
    jim: FlaskClient, database: str, seen: str
) -> None:
    answer = jim.post("/orders/new", data={**ORDER_FORM, "lines-0-seen_price": seen})
    assert answer.status_code == 303 and len(orders_in(database)) == 1


def test_enter_without_javascript_shows_prices_and_places_nothing(
    jim: FlaskClient, database: str
) -> None:
    answer = jim.post("/orders/new", data={**ORDER_FORM, "action": "check"})
    assert answer.status_code == 200 and orders_in(database) == []
    first = ServedPage(answer).first("#order-form button")
    assert first.root["value"] == "check", "browsers press the first button of a form"


def test_the_form_works_without_javascript(jim: FlaskClient, database: str) -> None:
    answer = jim.get("/orders/new")
    page = ServedPage(answer)
    assert answer.status_code == 200 and page.value("form_key")
    assert page.has('option[value="CL-1001"]') and page.has('option[value="CP-20-LTR"]')
    more = jim.post(
        "/orders/new",
        data={
            "client_number": "CL-1001",
            "lines-0-sku": "CP-20-LTR",
            "lines-0-quantity": "3",
            "action": "add",
        },
    )
    assert (
        more.status_code == 200
        and 'name="lines-1-sku"' in more.text
        and 'value="CP-20-LTR"' in more.text
    )
    for no_line in ("9" * 5000, "-1", "7"):
        same = jim.post("/orders/new", data={**ORDER_FORM, "action": f"remove-{no_line}"})
        assert same.status_code == 200 and 'name="lines-1-sku"' in same.text
    less = jim.post("/orders/new", data={**ORDER_FORM, "action": "remove-0"})
    assert (
        'name="lines-1-sku"' not in less.text
        and 'name="lines-0-sku" value="CS-110-IV"' in less.text
    )
    assert orders_in(database) == []
    placed = jim.post(
        "/orders/new",
        data={**ORDER_FORM, "form_key": page.value("form_key"), "action": "place"},
        follow_redirects=True,
    )
    assert placed.status_code == 200 and "DM-" in placed.text


def test_a_quote_shows_prices_availability_and_the_total(jim: FlaskClient, database: str) -> None:
    answer = jim.post(
        "/orders/quote",
        data={**ORDER_FORM, "lines-1-quantity": "9"},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert (
        "487.50" in answer.text
        and "412 available" in answer.text
        and "6 available; the rest will be back-ordered" in answer.text
    )
    assert "<html" not in answer.text and orders_in(database) == []


def test_the_summary_names_the_client_and_says_what_credit_the_order_leaves(
    jim: FlaskClient,
) -> None:
    page = ServedPage(jim.post("/orders/new", data={**ORDER_FORM, "action": "check"}))
    summary = page.first("#order-summary").text
    assert "Pine Ridge School District" in summary and "199.10" in summary
    assert "$0.00 of $25,000.00" in summary and "Left after this order" in summary
    assert "$24,800.90" in summary
    over = {**ORDER_FORM, "lines-0-quantity": "900", "action": "check"}
    summary = ServedPage(jim.post("/orders/new", data=over)).first("#order-summary").text
    assert "Over the limit by" in summary and "Needs a sales manager’s approval" in summary


def test_with_the_warehouse_away_the_form_says_so_and_keeps_the_input(
    jim: FlaskClient, inventory: StandIn, database: str
) -> None:
    inventory.down = True
    answer = jim.post("/orders/new", data=ORDER_FORM)
    assert (
        answer.status_code == 503
        and "Prices are unavailable because the warehouse system is not responding" in answer.text
    )
    assert 'value="PR-26-1187"' in answer.text and 'value="CP-20-LTR"' in answer.text
    assert orders_in(database) == []
    inventory.down = False
    assert jim.post("/orders/new", data=ORDER_FORM).status_code == 303


def test_a_missing_or_forged_csrf_token_places_nothing(jim: FlaskClient, database: str) -> None:
    assert (
        jim.post("/orders/new", data=ORDER_FORM, headers={"X-CSRF-Token": "forged"}).status_code
        == 403
    )
    jim.csrf = ""
    assert jim.post("/orders/new", data=ORDER_FORM).status_code == 403
    assert orders_in(database) == []


@pytest.mark.parametrize("uid", ["roy.anderson", "kelly.kapoor", "pam.beesly", "nick.reyes"])
def test_only_sales_may_place(
    client_as: Callable[[str], FlaskClient], inventory: StandIn, database: str, uid: str
) -> None:
    browser = client_as(uid)
    assert browser.get("/orders/new").status_code == 403
    assert browser.post("/orders/new", data=ORDER_FORM).status_code == 403
    assert orders_in(database) == []


def test_a_repeated_order_fills_the_form_with_its_client_and_lines(
    jim: FlaskClient, database: str
) -> None:
    jim.post("/orders/new", data=ORDER_FORM)
    ((number, *_),) = orders_in(database)
    page = jim.get(f"/orders/new?repeat={number}").text
    assert (
        'value="CL-1001"' in page
        and 'name="lines-1-sku" value="CS-110-IV"' in page
        and "199.10" in page
    )
    assert jim.get("/orders/new?repeat=DM-0").status_code == 404


DOCK = {
    "label": "Warehouse, back door",
    "street": "9 Dock Lane",
    "city": "Taylor",
    "state": "PA",
    "postcode": "18517",
}


def test_a_clients_further_addresses_are_offered_and_delivered_to(
    jim: FlaskClient, wire: Wire, database: str
) -> None:
    assert 'name="place"' not in jim.get("/orders/new?client=CL-1001").text, (
        "nothing to choose from yet"
    )
    wire.deliver(
        "dm.sales.client.changed.v1", {**CLIENT, "addresses": [DOCK], "changed": ["addresses"]}
    )
    page = jim.post(
        "/orders/quote",
        data=ORDER_FORM,
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    ).text
    assert (
        'id="client-places" hx-swap-oob' in page
        and "Warehouse, back door: 9 Dock Lane, Taylor" in page
    )
    jim.post(
        "/orders/new",
        data={**ORDER_FORM, "place": DOCK["label"], "deliver_to-street": "typed before"},
    )
    ((number, *_),) = orders_in(database)
    with psycopg.connect(database) as connection:
        row = connection.execute(
            'SELECT street, city, state, postcode FROM orders."order"'
        ).fetchone()
    assert row == ("9 Dock Lane", "Taylor", "PA", "18517")
    again = ServedPage(jim.get(f"/orders/new?repeat={number}"))
    assert again.choice("place") == "Warehouse, back door"
    assert again.value("deliver_to-street") != "9 Dock Lane"


def test_an_address_that_is_gone_is_said_beside_its_field(
    jim: FlaskClient, wire: Wire, database: str
) -> None:
    answer = jim.post("/orders/new", data={**ORDER_FORM, "place": "The old dock"})
    assert answer.status_code == 422 and "no longer has this address" in answer.text
    assert 'id="err-place"' in answer.text and orders_in(database) == []
    wire.deliver(
        "dm.sales.client.changed.v1", {**CLIENT, "addresses": [DOCK], "changed": ["addresses"]}
    )
    assert (
        jim.post(
            "/orders/new", data={**ORDER_FORM, "place": DOCK["label"], "form_key": "another-key-1"}
        ).status_code
        == 303
    )


def test_htmx_is_sent_to_the_placed_order(jim: FlaskClient, database: str) -> None:
    answer = jim.post(
        "/orders/new", data=ORDER_FORM, headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    )
    ((number, *_),) = orders_in(database)
    assert answer.status_code == 204 and f"/orders/{number}" in answer.headers["HX-Location"]


def test_products_and_clients_are_offered_while_typing(jim: FlaskClient, wire: Wire) -> None:
    assert "CS-110-IV" in jim.get("/orders/products?lines-0-sku=ivory").text
    assert "CP-20-LTR" not in jim.get("/orders/products?lines-0-sku=ivory").text
    assert "Pine Ridge" in jim.get("/orders/clients?client_number=pine+forge").text
    assert "Pine Ridge" not in jim.get("/orders/clients?client_number=100%25").text


def test_placing_asks_the_warehouse_once_for_all_products(
    jim: FlaskClient, inventory: StandIn
) -> None:
    inventory.asked.clear()
    assert jim.post("/orders/new", data=ORDER_FORM).status_code == 303
    (asked,) = inventory.asked
    assert "sku=CP-20-LTR" in asked and "sku=CS-110-IV" in asked


def test_what_is_offered_while_typing_says_price_and_availability(
    jim: FlaskClient, inventory: StandIn
) -> None:
    found = jim.get("/orders/products?lines-0-sku=ivory").text
    assert (
        'role="option" data-value="CS-110-IV"' in found
        and "$41.20" in found
        and "6 available" in found
    )
    assert "No products match" in jim.get("/orders/products?q=granite").text
    inventory.down = True
    assert "The warehouse system is not responding" in jim.get("/orders/products?q=ivory").text


def test_a_fragment_of_the_form_brings_no_plain_lists_along(jim: FlaskClient) -> None:
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    assert "<datalist" in jim.get("/orders/new").text
    assert "<datalist" not in jim.post("/orders/quote", data=ORDER_FORM, headers=partial).text


def test_the_question_of_cancelling_is_a_dialog_on_the_page_and_a_page_without_javascript(
    jim: FlaskClient, database: str
) -> None:
    jim.post("/orders/new", data=ORDER_FORM)
    ((number, *_),) = orders_in(database)
    assert 'hx-target="#ask"' in jim.get(f"/orders/{number}").text
    page = jim.get(f"/orders/{number}/cancel").text
    asked = jim.get(
        f"/orders/{number}/cancel", headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    ).text
    assert "<html" in page and "data-close" not in page
    assert "<html" not in asked and "data-close" in asked and 'name="reason"' in asked
