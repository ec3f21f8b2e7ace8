"""The pages and REST of upkeep, counting, files, the board: who may, bad input, without JavaScript."""

import io
from uuid import uuid4

import pytest
from pypdf import PdfReader

from models.shared.transactions import transaction
from tests.factories.inventory import Figures, Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

GOOD = {
    "name": "Paper A",
    "unit_price": "41.50",
    "location": "Aisle 9",
    "reorder_point": "5",
    "reorder_quantity": "50",
    "version": "1",
}


@pytest.fixture
def darryl(office: Office, client_as):
    add_product("A", 10)
    add_product("B", 4)
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, "Aisle 1", "Aisle 9")
    return client_as("darryl.philbin")


def test_a_product_is_changed_and_shows_what_it_was(darryl):
    assert darryl.post("/inventory/products/A/edit", data=GOOD).status_code == 303
    page = darryl.get("/inventory/products/A").text
    assert "Changes" in page and "38.90" in page and "41.50" in page
    stale = darryl.post("/inventory/products/A/edit", data={**GOOD, "unit_price": "40"})
    assert stale.status_code == 409 and "to “41.50”; you typed “40”" in stale.text
    was = {f"was-{name}": text for name, text in GOOD.items() if name != "version"}
    late = {**GOOD, **was, "was-unit_price": "38.90", "unit_price": "38.90", "name": "B paper"}
    assert darryl.post("/inventory/products/A/edit", data=late).status_code == 303
    page = ServedPage(darryl.get("/inventory/products/A/edit"))
    assert (page.value("unit_price"), page.value("name")) == ("41.50", "B paper")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"unit_price": "cheap"}, "unit_price"),
        ({"unit_price": "1.005"}, "unit_price"),
        ({"unit_price": "NaN"}, "unit_price"),
        ({"unit_price": "1.250"}, "unit_price"),
        ({"unit_price": "1e3"}, "unit_price"),
        ({"reorder_point": "1_000"}, "reorder_point"),
        ({"name": " "}, "name"),
        ({"reorder_point": "-1"}, "reorder_point"),
        ({"reorder_point": "x"}, "reorder_point"),
        ({"location": "Aisle 77"}, "location"),
    ],
)
def test_a_product_that_cannot_be_comes_back_beside_the_field(darryl, change: dict, field: str):
    answer = darryl.post("/inventory/products/A/edit", data={**GOOD, **change})
    assert answer.status_code == 422 and f'id="err-{field}"' in answer.text
    assert f'value="{ {**GOOD, **change}["location"] }"' in answer.text


def test_a_price_with_a_decimal_comma_is_no_hundredfold(darryl):
    comma = {**GOOD, "unit_price": "12,50", "reorder_point": "1,000"}
    assert darryl.post("/inventory/products/A/edit", data=comma).status_code == 303
    page = darryl.get("/inventory/products/A").text
    assert "12.50" in page and "1,250" not in page and "1,000" in page
    asked = darryl.post("/inventory/products/A/edit", data={**GOOD, "unit_price": "1.250"})
    assert "Did you mean 1.25 or 1,250.00?" in asked.text and 'value="1.250"' in asked.text


@pytest.mark.parametrize(
    ("form", "field"),
    [("adjust", "delta"), ("transfer", "quantity"), ("../receive", "lines-0-quantity")],
)
def test_a_number_of_cases_that_is_unclear_is_asked_about(darryl, form: str, field: str):
    sent = {"lines-0-sku": "A", "reason": "Found", "source": "Aisle 1", "target": "Aisle 9"}
    sent[field] = "1_0"
    path = "/inventory/receive" if form == "../receive" else f"/inventory/products/A/{form}"
    answer = darryl.post(path, data=sent)
    assert answer.status_code == 422 and "Did you mean 10?" in answer.text


def test_a_product_is_taken_into_the_range_once(darryl):
    new = {**GOOD, "sku": "c-1", "form_key": "new-product-1"}
    assert [darryl.post("/inventory/products/new", data=new).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert "41.50" in darryl.get("/inventory/products/C-1").text
    assert (
        darryl.post(
            "/inventory/products/new", data={**new, "form_key": "new-product-2"}
        ).status_code
        == 422
    )


def test_stock_is_adjusted_with_a_reason_only(darryl, figures):
    bare = darryl.post("/inventory/products/A/adjust", data={"delta": "-2"})
    assert bare.status_code == 422 and 'id="err-reason"' in bare.text and 'value="-2"' in bare.text
    twice = [
        darryl.post(
            "/inventory/products/A/adjust",
            data={"delta": "−2", "reason": "wet", "form_key": "adjust-form-1"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in twice] == [303, 303] and figures("A") == Figures(
        on_hand=8, reserved=0
    )
    ledger = darryl.get("/inventory/products/A/ledger.csv").text
    assert ",Adjusted," in ledger and ",wet," in ledger


def test_a_stock_take_by_the_pages(darryl, figures):
    begun = darryl.post(
        "/inventory/stock-takes", data={"words": "Aisle 4", "location": "Aisle 4", "skus": ""}
    )
    assert begun.status_code == 303
    version = ServedPage(darryl.get(begun.location)).value("version")
    wrong = darryl.post(
        begun.location, data={"version": version, "counted-A": "many", "counted-B": "4"}
    )
    assert wrong.status_code == 422 and 'value="many"' in wrong.text
    kept = darryl.post(
        begun.location, data={"version": version, "counted-A": "9", "counted-B": "4"}
    )
    assert (
        kept.status_code == 303
        and figures("A") == Figures(on_hand=10, reserved=0)
        and "−1" in darryl.get(begun.location).text
    )
    late = darryl.post(
        begun.location, data={"version": version, "counted-A": "3", "end": "confirm"}
    )
    assert late.status_code == 409 and "changed since you opened it" in late.text
    version = ServedPage(darryl.get(begun.location)).value("version")
    done = {"version": version, "counted-A": "9", "counted-B": "4", "end": "confirm"}
    assert darryl.post(begun.location, data=done).status_code == 303
    assert (
        figures("A") == Figures(on_hand=9, reserved=0)
        and "Confirmed" in darryl.get(begun.location).text
        and stock_errors() == []
    )


def test_what_is_confirmed_is_what_was_shown(darryl, figures):
    url = darryl.post("/inventory/stock-takes", data={"words": "Aisle 4", "skus": "A"}).headers[
        "Location"
    ]
    at_once = darryl.post(url, data={"version": "1", "counted-A": "100", "end": "confirm"})
    page = darryl.get(at_once.location).text
    assert (
        figures("A") == Figures(on_hand=10, reserved=0)
        and "Not confirmed yet." in page
        and "+90" in page
    )
    mistyped = darryl.post(url, data={"version": "2", "counted-A": "9", "end": "confirm"})
    assert (
        figures("A") == Figures(on_hand=10, reserved=0)
        and "Not confirmed yet." in darryl.get(mistyped.location).text
    )
    seen = darryl.post(url, data={"version": "3", "counted-A": "9", "end": "confirm"})
    assert (
        figures("A") == Figures(on_hand=9, reserved=0)
        and "Not confirmed yet." not in darryl.get(seen.location).text
    )


def test_enter_in_a_stock_take_keeps_the_count_and_never_discards_it(darryl):
    url = darryl.post("/inventory/stock-takes", data={"words": "Aisle 4", "skus": "A"}).headers[
        "Location"
    ]
    buttons = ServedPage(darryl.get(url)).first("#count-form").root.select("button")
    assert (buttons[0]["name"], buttons[0]["value"]) == ("end", ""), (
        "what Enter presses is the first button of a form"
    )
    assert "discard" in [button["value"] for button in buttons]


def test_a_file_shows_what_it_would_do_and_comes_in_whole_or_not(darryl, figures):
    mixed = b"sku,cases,note\nA,5,truck 3\nNOPE,1,\nB,many,\n"
    shown = darryl.post("/inventory/receive/file", data={"file": (io.BytesIO(mixed), "goods.csv")})
    assert "1 of 3 rows valid" in shown.text
    assert "No product has this SKU" in shown.text
    refused = darryl.post(
        "/inventory/receive/file", data={"text": mixed.decode(), "confirm": "yes"}
    )
    assert refused.status_code == 200 and figures("A") == Figures(on_hand=10, reserved=0), (
        "nothing half done"
    )
    good = {"text": "A,5,truck 3\nB,6", "confirm": "yes", "form_key": "file-form-key"}
    assert [darryl.post("/inventory/receive/file", data=good).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert (figures("A"), figures("B")) == (
        Figures(on_hand=15, reserved=0),
        Figures(on_hand=10, reserved=0),
    ) and stock_errors() == []
    assert (
        darryl.post("/inventory/receive/file", data={"text": "A,1\n" * 201}).text.count(
            "Import at most 200 rows"
        )
        >= 1
    )
    assert darryl.post("/inventory/receive/file", data={"text": ""}).status_code == 422


def test_goods_are_read_by_heading_from_any_tool_and_what_is_unclear_is_told(darryl):
    def shown(content: bytes) -> str:
        return darryl.post(
            "/inventory/receive/file", data={"file": (io.BytesIO(content), "goods.csv")}
        ).text

    page = shown("Location;Quantity;SKU\r;1 0;A\rAisle 1;1,000;B\r".encode("utf-16"))
    assert "1 of 2 rows valid" in page and "Read as UTF-16, separated by semicolons." in page
    assert "Enter a whole number of cases, such as 12." in page and "1000" in page
    page = shown(b"A\t5\ttruck\n")
    assert "1 of 1 row valid" in page and "Read as UTF-8, separated by tabs." in page
    assert "Did you mean 10?" in shown(b"A,1_0\n")
    twice = shown(b"SKU,Cases,Quantity\nA,1,2\n")
    assert "The columns “Cases” and “Quantity” are for the same field, Cases." in twice
    assert "Receive 1 case" not in twice
    assert "never closed" in shown(b'A,5,"truck\n')


def test_watching_is_for_everybody_and_only_for_oneself(darryl, client_as):
    kelly = client_as("kelly.kapoor")
    assert kelly.post("/inventory/products/A/watch", data={"watch": "yes"}).status_code == 303
    assert ">Unwatch<" in kelly.get("/inventory/products/A").text.replace(
        "</svg>Unwatch", "</svg>>Unwatch<"
    )
    assert "Unwatch" not in darryl.get("/inventory/products/A").text


def test_several_parcels_are_picked_at_once_and_the_late_one_is_said(
    darryl, office: Office, published
):
    for _ in range(3):
        office.place(Ordered("A", cases=1))
    parcels = [each["shipment_number"] for each in published("shipment.created")]
    darryl.post(f"/inventory/shipments/{parcels[0]}/pick", data={"version": "1"})
    page = darryl.get("/inventory/shipments/?status=waiting").text
    assert f'value="{parcels[1]}:1"' in page
    answer = darryl.post(
        "/inventory/shipments/several",
        headers=PARTIAL,
        data={
            "step": "pick",
            "number": [f"{number}:1" for number in parcels],
            "state": "status=waiting",
        },
    )
    assert f"2 shipments picked. {parcels[0]} was skipped: " in answer.headers["HX-Trigger"]
    assert "?status=waiting" in answer.headers["HX-Location"]
    slips = darryl.get("/inventory/shipments/slips.pdf", query_string={"all": 1})
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(slips.data)).pages]
    assert [sum(number in text for text in texts) for number in parcels] == [1, 1, 1]
    assert len(published("shipment.picked")) == 3


def test_the_board_shows_each_step_and_the_slip_is_a_pdf(darryl, office: Office, published):
    office.place(Ordered("A", cases=2), Ordered("B", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    board = darryl.get("/inventory/board").text
    assert parcel in board and "Ready to pick" in board
    assert parcel in darryl.get(f"/inventory/board?q={parcel}").text
    assert parcel not in darryl.get("/inventory/board?q=granite").text
    answer = darryl.get(f"/inventory/shipments/{parcel}/slip.pdf")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert parcel in text and "Paper A" in text


def test_a_card_that_was_dragged_is_moved_or_refused_in_words(darryl, office: Office, published):
    office.place(Ordered("A", cases=2))
    parcel = published("shipment.created")[0]["shipment_number"]
    assert (
        f'data-number="{parcel}" data-version="1" data-status="waiting"'
        in darryl.get("/inventory/board").text
    )

    def drop(step: str, version: int):
        data = {"version": version, "from": "board", "form_key": str(uuid4())}
        return darryl.post(f"/inventory/shipments/{parcel}/{step}", data=data, headers=PARTIAL)

    assert drop("pick", 1).status_code == 204
    late, early = drop("pick", 1), drop("undo", 9)
    assert (
        late.status_code == early.status_code == 409
        and "changed since you opened it" in late.headers["HX-Trigger"]
    )
    assert drop("undo", 2).status_code == 204
    nothing = drop("undo", 3)
    assert nothing.status_code == 409 and "no step to undo" in nothing.headers["HX-Trigger"]


def test_the_last_step_is_undone_by_the_page(darryl, office: Office, published):
    office.place(Ordered("A", cases=2))
    parcel = published("shipment.created")[0]["shipment_number"]
    darryl.post(f"/inventory/shipments/{parcel}/pick", data={"version": "1"})
    assert "Undo last step" in darryl.get(f"/inventory/shipments/{parcel}").text
    assert (
        darryl.post(f"/inventory/shipments/{parcel}/undo", data={"version": "2"}).status_code == 303
    )
    assert "Undo last step" not in darryl.get(f"/inventory/shipments/{parcel}").text


@pytest.mark.parametrize(
    "path",
    [
        "/inventory/products/A/edit",
        "/inventory/products/new",
        "/inventory/products/A/adjust",
        "/inventory/stock-takes",
        "/inventory/receive/file",
    ],
)
def test_sales_people_change_nothing_in_the_warehouse(darryl, client_as, path: str):
    jim = client_as("jim.halpert")
    assert jim.get(path).status_code == jim.post(path, data=GOOD).status_code == 403


def test_upkeep_over_rest(darryl, anonymous, bearer_for, figures):
    headers = bearer_for("darryl.philbin", "inventory")
    change = {
        "name": "Paper A",
        "unit_price": "42.00",
        "location": "Aisle 1",
        "reorder_point": 1,
        "reorder_quantity": 2,
    }
    assert anonymous.put("/api/v1/products/A", json=change, headers=headers).status_code == 428
    changed = anonymous.put(
        "/api/v1/products/A", json=change, headers={**headers, "If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json["unit_price"]) == (200, "42.00")
    endless = anonymous.put(
        "/api/v1/products/A", json=change, headers={**headers, "If-Match": f'"{"9" * 5000}"'}
    )
    assert endless.status_code == 428, "Python refuses to read more than 4,300 digits"
    stale = anonymous.put(
        "/api/v1/products/A", json={**change, "name": "x"}, headers={**headers, "If-Match": '"1"'}
    )
    assert stale.status_code == 409
    assert (
        anonymous.post(
            "/api/v1/products", json={**change, "sku": "N-1"}, headers=headers
        ).status_code
        == 201
    )
    assert (
        anonymous.post(
            "/api/v1/products/A/adjustments", json={"delta": -1, "reason": "x"}, headers=headers
        ).status_code
        == 201
    )
    assert figures("A") == Figures(on_hand=9, reserved=0)
    take = anonymous.post(
        "/api/v1/stock-takes", json={"words": "A", "skus": ["A"]}, headers=headers
    )
    assert take.status_code == 201
    body = {"counted": {"A": 7}, "end": "confirm"}
    done = anonymous.put(
        f"/api/v1/stock-takes/{take.json['number']}",
        json=body,
        headers={**headers, "If-Match": '"1"'},
    )
    assert (done.status_code, done.json["status"]) == (200, "confirmed") and figures(
        "A"
    ) == Figures(on_hand=7, reserved=0)
    assert (
        anonymous.put(
            "/api/v1/products/A/watch", headers=bearer_for("kelly.kapoor", "inventory")
        ).status_code
        == 204
    )
    assert (
        anonymous.get(
            "/api/v1/stock-takes", headers=bearer_for("jim.halpert", "inventory")
        ).status_code
        == 403
    )


def test_columns_of_goods_are_mapped_by_hand_and_received_as_they_were_shown(darryl, figures):
    url, content = (
        "/inventory/receive/file",
        "Artikel;Menge;Farbe\nA;5;beige\nB;6;\n".encode("cp1252"),
    )
    page = ServedPage(darryl.post(url, data={"file": (io.BytesIO(content), "goods.csv")}))
    assert "No product has this SKU" in page.text, "its headings are taken for goods"
    kept = {"text": page.value("text"), "encoding": "UTF-8"}
    by_hand = {**kept, "column": ["sku", "cases", ""], "headings": "yes"}
    shown = ServedPage(darryl.post(url, data=by_hand))
    assert (
        "2 of 2 rows valid" in shown.text and "Read as UTF-8, separated by semicolons" in shown.text
    )
    confirm = shown.root.select_one("form:has([name=confirm])")
    assert confirm is not None
    sent = [(each["name"], each.get("value", "")) for each in confirm.select("input[name]")]
    assert [value for name, value in sent if name == "column"] == ["sku", "cases", ""]
    refused = darryl.post(url, data={**by_hand, "column": ["sku", "sku", ""], "confirm": "yes"})
    assert refused.status_code == 422 and "are for the same field, SKU" in refused.text
    assert figures("A") == Figures(on_hand=10, reserved=0)
    assert darryl.post(url, data={**by_hand, "confirm": "yes"}).status_code == 303
    assert figures("A") == Figures(on_hand=15, reserved=0)


def test_rows_that_are_too_many_stay_in_the_field_where_they_were_typed(darryl):
    rows = "A,1,truck 3\n" * 20_000
    refused = darryl.post("/inventory/receive/file", data={"text": rows})
    assert refused.status_code == 422 and "at most 200 rows" in refused.text
    assert ServedPage(refused).value("text").count("A,1,truck 3") == 20_000
