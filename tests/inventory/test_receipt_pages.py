"""The pages of receipts: the form with its picker, the list, and one receipt; and receipts over REST."""

import pytest

from models.shared.transactions import transaction
from tests.factories.inventory import Figures, Office, add_locations, add_product, stock_errors
from tests.factories.orders import Ordered
from tests.pages.served import ServedPage

HOME, BULK = "A-12-3", "BULK"
PARTIAL = {"HX-Request": "true"}


@pytest.fixture
def shelves(office: Office) -> Office:
    """Three cases of A and none of B at HOME, and a place in bulk."""
    with transaction("inventory", actor="darryl.philbin") as session:
        add_locations(session, HOME, BULK)
    add_product("A", 3, location=HOME)
    add_product("B", location=HOME)
    return office


@pytest.fixture
def darryl(shelves: Office, client_as):
    return client_as("darryl.philbin")


def lines(*typed: tuple[str, str, str]) -> dict[str, str]:
    """The fields of these lines: product, cases, location."""
    return {
        f"lines-{n}-{name}": value
        for n, line in enumerate(typed)
        for name, value in zip(("sku", "quantity", "location"), line, strict=True)
    }


def test_several_lines_become_one_receipt_that_the_ledgers_link_to(
    darryl, shelves: Office, figures
):
    waiting = shelves.place(Ordered("B", cases=4))
    typed = {
        **lines(("a", "1,000", ""), ("B", "6", "bulk"), ("", "", "")),
        "reference": "DN 4711",
        "note": "Tuesday",
        "form_key": "receipt-key-1",
        "action": "receive",
    }
    answers = [darryl.post("/inventory/receive", data=typed) for _ in range(2)]
    assert answers[0].location == answers[1].location, "sent twice, received once"
    assert figures("A") == Figures(on_hand=1003, reserved=0)
    assert figures("B") == Figures(on_hand=6, reserved=4) and stock_errors() == []
    page = ServedPage(darryl.get(answers[0].location))
    assert "1,006 cases received by Darryl Philbin" in page.text
    assert "DN 4711" in page.text and "Tuesday" in page.text
    assert "A-12-3" in page.section("Lines").text and "BULK" in page.section("Lines").text
    assert waiting in page.section("Back-orders filled").text
    assert "Pine Ridge" in page.section("Back-orders filled").text
    assert "+1,000" in page.section("Ledger entries").text
    for sku in "AB":
        assert answers[0].location in darryl.get(f"/inventory/products/{sku}").text


def test_what_is_wrong_stands_beside_its_field_and_all_that_was_typed_is_kept(darryl, figures):
    typed = {
        **lines(("A", "5", ""), ("NOPE", "1_0", "B"), ("", "", ""), ("B", "2", "Nowhere")),
        "reference": "DN " + "7" * 100,
        "note": "kept",
    }
    answer = darryl.post("/inventory/receive", data=typed)
    page = ServedPage(answer)
    assert answer.status_code == 422 and figures("A").on_hand == 3
    wrong = ("lines-1-sku", "lines-1-quantity", "lines-2-location", "reference")
    assert all(page.is_wrong(name) for name in wrong) and not page.is_wrong("lines-0-sku")
    assert "Did you mean 10?" in page.text
    assert [page.value(f"lines-{n}-sku") for n in (0, 1, 2)] == ["A", "NOPE", "B"]
    assert (page.value("lines-1-quantity"), page.value("note")) == ("1_0", "kept")
    assert page.value("reference") == typed["reference"]
    none = ServedPage(darryl.post("/inventory/receive", data={"action": "receive"}))
    assert none.is_wrong("lines-0-sku") and none.is_wrong("lines-0-quantity")


def test_lines_are_added_and_removed_without_javascript_and_enter_receives_nothing(darryl, figures):
    typed = lines(("A", "5", ""), ("B", "1", BULK))
    more = ServedPage(darryl.post("/inventory/receive", data={**typed, "action": "add"}))
    assert more.value("lines-2-sku") == "" and more.value("lines-1-location") == BULK
    less = ServedPage(darryl.post("/inventory/receive", data={**typed, "action": "remove-0"}))
    assert less.value("lines-0-sku") == "B" and not less.has('[name="lines-1-sku"]')
    entered = ServedPage(darryl.post("/inventory/receive", data={**typed, "action": "check"}))
    assert "3 on hand · 3 available" in entered.text and figures("A").on_hand == 3
    first = ServedPage(darryl.get("/inventory/receive")).first("#receive").root.select("button")[0]
    assert first["value"] == "check", "what Enter presses is the first button of a form"


def test_the_picker_finds_by_name_or_sku_and_says_what_is_there(darryl, shelves: Office, client_as):
    shelves.place(Ordered("A", cases=5))
    for asked in ("q=paper+a", "lines-3-sku=a"):
        found = ServedPage(darryl.get(f"/inventory/products/options?{asked}", headers=PARTIAL))
        assert found.root.select("[role=option]")[0]["data-value"] == "A"
        assert "3 on hand" in found.text and "0 available, 2 back-ordered" in found.text
    nothing = darryl.get("/inventory/products/options?q=nothing", headers=PARTIAL)
    assert "No products match." in nothing.text
    page = darryl.get("/inventory/receive?sku=A").text
    assert '<option value="A">' in page and "3 on hand, 0 available" in page, "without JavaScript"
    assert client_as("jim.halpert").get("/inventory/receive").status_code == 403


def test_redrawn_lines_say_what_is_there_and_save_nothing(darryl, figures):
    typed = {**lines(("A", "2", "")), "action": "add"}
    redrawn = darryl.post("/inventory/receive/lines", data=typed, headers=PARTIAL)
    page = ServedPage(redrawn)
    assert "3 on hand · 3 available" in page.text and page.value("lines-1-sku") == ""
    assert page.has("#lines-1-sku[autofocus]") and figures("A").on_hand == 3
    assert not page.is_wrong("lines-0-quantity") and not page.is_wrong("lines-1-quantity")
    for cases, words in (("-3", "Enter from 1"), ("abc", "whole number"), ("1_0", "mean 10?")):
        wrong = {**lines(("A", cases, "")), "action": ""}
        redrawn = ServedPage(darryl.post("/inventory/receive/lines", data=wrong, headers=PARTIAL))
        assert redrawn.is_wrong("lines-0-quantity") and words in redrawn.text


def test_receipts_are_listed_searched_filtered_and_exported(darryl, shelves: Office, client_as):
    shelves.place(Ordered("B", cases=4))
    typed = {**lines(("A", "1", ""), ("B", "6", "")), "reference": "DN 4711"}
    at = darryl.post("/inventory/receive", data=typed).location
    number = at.rpartition("/")[2]
    page = ServedPage(darryl.get("/inventory/receipts"))
    assert page.first("tbody tr").text.startswith(number) and "Paper A and 1 more" in page.text
    found = darryl.get("/inventory/receipts?orders=filled&q=4711").text
    assert number in found
    assert number not in darryl.get("/inventory/receipts?q=nothing").text
    assert number not in darryl.get("/inventory/receipts?until=2020-01-01").text
    rows = darryl.get("/inventory/receipts.csv?orders=filled").text.splitlines()
    assert len(rows) == 2 and rows[1].endswith("darryl.philbin,DN 4711,,A,2,7,4,Received,")
    jim = client_as("jim.halpert")
    assert number in jim.get("/inventory/receipts").text and jim.get(at).status_code == 200
    assert "Receive" not in ServedPage(jim.get(at)).first("main").text.replace("Received", "")
    assert darryl.get("/inventory/receipts/RC-1").status_code == 404


def test_the_palette_finds_receipts_and_stock_takes_by_number_and_by_words(
    darryl, shelves: Office, client_as
):
    typed = {**lines(("A", "1", "")), "reference": "DN 4711"}
    at = darryl.post("/inventory/receive", data=typed).location
    number = at.rpartition("/")[2]
    started = {"words": "Year-end count", "location": HOME}
    take = darryl.post("/inventory/stock-takes", data=started).location
    for q in (number.lower(), "4711"):
        found = ServedPage(darryl.get(f"/inventory/search?q={q}", headers=PARTIAL))
        (row,) = found.root.select("[role=option]")
        assert row["href"] == at and row.select_one(".no").get_text() == number
    for q in (take.rpartition("/")[2].lower(), "year-end"):
        assert f'href="{take}"' in darryl.get(f"/inventory/search?q={q}", headers=PARTIAL).text
    jim = client_as("jim.halpert")
    assert at in jim.get(f"/inventory/search?q={number}", headers=PARTIAL).text
    assert take not in jim.get("/inventory/search?q=year-end", headers=PARTIAL).text


def test_a_file_is_received_in_one_receipt_with_its_reference(darryl):
    confirmed = {"text": "A,5,truck 3\nB,6,,bulk", "confirm": "yes", "reference": "DN 9"}
    at = darryl.post("/inventory/receive/file", data=confirmed).location
    page = ServedPage(darryl.get(at))
    assert "11 cases received" in page.text and "DN 9" in page.text
    assert "truck 3" in page.section("Lines").text and "BULK" in page.section("Lines").text


def test_receipts_over_rest(darryl, shelves: Office, anonymous, bearer_for, figures):
    headers = bearer_for("darryl.philbin", "inventory")
    waiting = shelves.place(Ordered("B", cases=1))
    goods = {
        "reference": "DN 4711",
        "lines": [
            {"sku": "A", "quantity": 2},
            {"sku": "B", "quantity": 3, "location": BULK, "note": "wet"},
        ],
    }
    once = {**headers, "Idempotency-Key": "receipt-by-rest"}
    made = [anonymous.post("/api/v1/receipts", json=goods, headers=once) for _ in range(2)]
    assert [each.status_code for each in made] == [201, 201] and figures("A").on_hand == 5
    number = made[0].json["receipt_number"]
    assert made[1].json == made[0].json
    assert made[0].headers["Location"].endswith(f"/api/v1/receipts/{number}")
    shown = anonymous.get(f"/api/v1/receipts/{number}", headers=headers).json
    assert (shown["quantity"], shown["filled"], shown["reference"]) == (5, 1, "DN 4711")
    assert [(each["sku"], each["location"], each["note"]) for each in shown["lines"]] == [
        ("A", HOME, ""),
        ("B", BULK, "wet"),
    ]
    assert shown["filled_orders"] == [
        {"order_number": waiting, "client_name": "Pine Ridge", "sku": "B", "quantity": 1}
    ]
    one = {"sku": "A", "quantity": 7, "note": "as before"}
    single = anonymous.post("/api/v1/receipts", json=one, headers=headers)
    assert single.status_code == 201 and figures("A").on_hand == 12
    listed = anonymous.get("/api/v1/receipts?filled=true", headers=headers).json["items"]
    assert [each["number"] for each in listed] == [number]
    both = anonymous.post("/api/v1/receipts", json={**goods, **one}, headers=headers)
    wrong = {"lines": [{"sku": "NOPE", "quantity": 0}]}
    refused = anonymous.post("/api/v1/receipts", json=wrong, headers=headers)
    assert both.status_code == refused.status_code == 422
    assert set(refused.json["errors"]) == {"lines-0-sku", "lines-0-quantity"}
    assert anonymous.get("/api/v1/receipts/RC-1", headers=headers).status_code == 404
    sales = bearer_for("jim.halpert", "inventory")
    assert anonymous.post("/api/v1/receipts", json=goods, headers=sales).status_code == 403


def received(darryl) -> str:
    """The address of a receipt of 60 cases of A and 2 of B."""
    return darryl.post("/inventory/receive", data=lines(("A", "60", ""), ("B", "2", BULK))).location


def test_a_correction_is_asked_with_its_numbers_and_stands_in_the_history(
    darryl, shelves: Office, figures, client_as
):
    waiting = shelves.place(Ordered("A", cases=63))
    at = received(darryl)
    form = ServedPage(darryl.get(f"{at}/correct"))
    assert (form.value("quantity-1"), form.value("quantity-2")) == ("60", "2")
    typed = {"quantity-1": "6", "quantity-2": "2", "version": form.value("version")}
    reasonless = ServedPage(darryl.post(f"{at}/correct", data=typed))
    assert reasonless.is_wrong("reason") and reasonless.value("quantity-1") == "6"
    typed["reason"] = "Typed 60"
    asked = ServedPage(darryl.post(f"{at}/correct", data=typed))
    question = asked.first("#asks").text
    assert "by −54 cases?" in question and "60 → 6 cases" in question and waiting in question
    assert figures("A").on_hand == 63 and asked.value("reason") == "Typed 60"
    other = {**typed, "quantity-1": "5", "agreed": asked.value("agreed")}
    assert "by −55 cases?" in ServedPage(darryl.post(f"{at}/correct", data=other)).text
    agreed = {**typed, "agreed": asked.value("agreed"), "form_key": "correction-key-1"}
    answers = [darryl.post(f"{at}/correct", data=agreed) for _ in range(2)]
    assert answers[0].location == at and figures("A").on_hand == 9 and stock_errors() == []
    page = ServedPage(darryl.get(at))
    assert "Corrected" in page.first("h1").root.parent.get_text()
    assert "60 → 6 cases" in page.section("History").text and "Typed 60" in page.text
    assert "−54" in page.section("Ledger entries").text
    assert "Receipt corrected" in darryl.get("/inventory/products/A").text
    assert "Receipt corrected" in darryl.get("/inventory/products/A/ledger.csv").text
    late = darryl.post(f"{at}/correct", data={**agreed, "form_key": "correction-key-2"})
    assert late.status_code == 409 and figures("A").on_hand == 9
    jim = client_as("jim.halpert")
    assert jim.get(f"{at}/correct").status_code == 403
    assert jim.post(f"{at}/void", data={"reason": "x", "version": "2"}).status_code == 403
    assert "Correct quantities" not in jim.get(at).text


def test_what_cannot_be_corrected_is_said_beside_its_field(darryl, figures):
    at = received(darryl)
    darryl.post(
        "/inventory/products/A/transfer",
        data={"source": HOME, "target": BULK, "quantity": "60"},
    )
    typed = {"quantity-1": "1_0", "quantity-2": "-2", "reason": "why", "version": "1"}
    wrong = ServedPage(darryl.post(f"{at}/correct", data=typed))
    assert wrong.is_wrong("quantity-1") and wrong.is_wrong("quantity-2")
    assert "Did you mean 10?" in wrong.text and wrong.value("quantity-1") == "1_0"
    typed = {"quantity-1": "6", "reason": "why", "version": "1"}
    gone = darryl.post(f"{at}/correct", data=typed)
    assert gone.status_code == 422 and "Only 3 cases of Paper A are left" in gone.text
    assert "Transfer the others back there" in gone.text
    asked = darryl.get(f"{at}/void").text
    assert "Only 3 cases" in asked and "Void receipt of" not in asked
    late = darryl.post(f"{at}/void", data={"reason": "why", "version": "1"})
    assert late.status_code == 409 and figures("A").on_hand == 63


def test_a_voided_receipt_is_marked_on_its_page_in_the_list_and_in_the_export(darryl, figures):
    at = received(darryl)
    number = at.rpartition("/")[2]
    asked = ServedPage(darryl.get(f"{at}/void"))
    assert "Void receipt of 62 cases" in asked.text and "60 → 0 cases" in asked.text
    reasonless = darryl.post(f"{at}/void", data={"version": "1"})
    assert reasonless.status_code == 422 and ServedPage(reasonless).is_wrong("reason")
    answer = darryl.post(f"{at}/void", data={"reason": "Posted twice", "version": "1"})
    assert answer.location == at and figures("A").on_hand == 3 and stock_errors() == []
    page = ServedPage(darryl.get(at))
    assert "Voided by Darryl Philbin" in page.first("#voided").text
    assert "Posted twice" in page.text and not page.has(f'a[href="{at}/correct"]')
    row = ServedPage(darryl.get("/inventory/receipts")).first(f"#line-{number}")
    assert "Voided" in row.text and row.has("s")
    exported = darryl.get("/inventory/receipts.csv").text.splitlines()
    assert exported[0].endswith(",Status,Voided (UTC)") and ",Voided,20" in exported[1]
    assert exported[2].endswith(",Received,")
    again = darryl.post(f"{at}/void", data={"reason": "Posted twice", "version": "2"})
    assert again.status_code == 409 and "voided already" in again.text


def test_a_receipt_is_corrected_and_voided_over_rest(darryl, anonymous, bearer_for, figures):
    number = received(darryl).rpartition("/")[2]
    at, headers = f"/api/v1/receipts/{number}", bearer_for("darryl.philbin", "inventory")
    read = anonymous.get(at, headers=headers)
    assert (read.json["status"], read.json["voided_at"], read.headers["ETag"]) == (
        "received",
        None,
        '"1"',
    )
    change = {"lines": [{"line": 1, "quantity": 6}], "reason": "Typed 60"}
    assert anonymous.post(f"{at}/correction", json=change, headers=headers).status_code == 428
    first = {**headers, "If-Match": '"1"', "Idempotency-Key": "correction-by-rest"}
    done = [anonymous.post(f"{at}/correction", json=change, headers=first) for _ in range(2)]
    assert [each.status_code for each in done] == [200, 200] and figures("A").on_hand == 9
    assert [line["quantity"] for line in done[0].json["lines"]] == [6, 2]
    assert (done[0].json["status"], done[0].headers["ETag"]) == ("corrected", '"2"')
    stale = {**headers, "If-Match": '"1"'}
    assert anonymous.post(f"{at}/void", json={"reason": "x"}, headers=stale).status_code == 409
    now = {**headers, "If-Match": '"2"'}
    wrong = anonymous.post(f"{at}/void", json={"reason": ""}, headers=now)
    assert wrong.status_code == 422 and set(wrong.json["errors"]) == {"reason"}
    voided = anonymous.post(f"{at}/void", json={"reason": "Posted twice"}, headers=now)
    assert voided.json["status"] == "voided" and figures("A").on_hand == 3
    sales = {**bearer_for("jim.halpert", "inventory"), "If-Match": '"3"'}
    assert anonymous.post(f"{at}/void", json={"reason": "x"}, headers=sales).status_code == 403
