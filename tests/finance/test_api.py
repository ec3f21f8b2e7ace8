"""The REST API of finance: drafts, handing in, deciding, with keys, ETags, filters and pages."""

import pytest

from models.finance.people import office_today
from tests.factories.files import make_picture
from tests.factories.finance import decide_as, read_expense

URL = "/api/v1/expenses"
DRAFT = {"purpose": "Visit", "lines": [{"what": "Lunch", "category": "meals", "amount": "20.00"}]}


@pytest.fixture
def api(anonymous, bearer_for, office):
    def call(uid, method, path="", **more):
        headers = {**bearer_for(uid, "finance"), **more.pop("headers", {})}
        return anonymous.open(f"{URL}{path}", method=method, headers=headers, **more)

    return call


def draft() -> dict:
    return {**DRAFT, "lines": [{**DRAFT["lines"][0], "spent_on": office_today().isoformat()}]}


def test_from_a_draft_to_a_decision(api):
    made = api("jim.halpert", "POST", json=draft(), headers={"Idempotency-Key": "key-12345678"})
    assert (made.status_code, made.json["status"], made.json["total"]) == (201, "draft", "20.00")
    again = api("jim.halpert", "POST", json=draft(), headers={"Idempotency-Key": "key-12345678"})
    assert again.json["number"] == made.json["number"]
    number = made.json["number"]
    handed_in = api("jim.halpert", "POST", f"/{number}/submission")
    assert (handed_in.status_code, handed_in.json["approver"]) == (200, "michael.scott")
    tag = {"If-Match": handed_in.headers["ETag"]}
    assert (
        api(
            "jim.halpert", "POST", f"/{number}/decision", json={"do": "approve"}, headers=tag
        ).status_code
        == 403
    )
    assert (
        api("michael.scott", "POST", f"/{number}/decision", json={"do": "approve"}).status_code
        == 428
    )
    assert (
        api(
            "michael.scott", "POST", f"/{number}/decision", json={"do": "approve"}, headers=tag
        ).json["status"]
        == "approved"
    )


def test_a_stale_write_is_refused_and_a_fresh_one_taken(api):
    made = api("jim.halpert", "POST", json=draft())
    number, tag = made.json["number"], made.headers["ETag"]
    line = {**made.json["lines"][0], "amount": "12.00"}
    changed = api(
        "jim.halpert",
        "PUT",
        f"/{number}",
        json={"purpose": "Less", "lines": [line]},
        headers={"If-Match": tag},
    )
    assert (changed.status_code, changed.json["total"]) == (200, "12.00")
    assert (
        api("jim.halpert", "PUT", f"/{number}", json=draft(), headers={"If-Match": tag}).status_code
        == 409
    )
    same = api(
        "jim.halpert", "GET", f"/{number}", headers={"If-None-Match": changed.headers["ETag"]}
    )
    assert same.status_code == 304


def test_bad_input_is_answered_with_the_field(api):
    assert api("jim.halpert", "POST", json={"lines": [{"amount": "much"}]}).status_code == 422
    assert api("jim.halpert", "POST", json={"lines": [{"category": "yachts"}]}).status_code == 422
    made = api("jim.halpert", "POST", json={"purpose": ""})
    refused = api("jim.halpert", "POST", f"/{made.json['number']}/submission")
    assert (refused.status_code, "purpose" in refused.json["errors"]) == (422, True)
    for query in ("status=lost", "sort=best", "limit=0", "after=broken"):
        assert api("jim.halpert", "GET", f"?{query}").status_code in (400, 422), query


def test_lists_are_filtered_and_paged_and_show_to_each_their_own(api, handed_in):
    numbers = [handed_in("jim.halpert", purpose=f"Trip {n}") for n in range(3)]
    decide_as("michael.scott", numbers[0])
    page = api("jim.halpert", "GET", "?limit=2")
    assert len(page.json["items"]) == 2
    rest = api("jim.halpert", "GET", f"?limit=2&after={page.json['next']}")
    assert {each["number"] for each in page.json["items"] + rest.json["items"]} == set(numbers)
    waiting = api("michael.scott", "GET", "?scope=decide").json["items"]
    assert {each["number"] for each in waiting} == set(numbers[1:])
    assert api("dwight.schrute", "GET", "?scope=team").json["items"] == []
    assert api("dwight.schrute", "GET", f"/{numbers[0]}").status_code == 404
    assert api("jim.halpert", "GET", "?status=approved").json["items"][0]["number"] == numbers[0]


def test_taken_back_it_is_a_draft_again(api, handed_in):
    number = handed_in()
    assert api("dwight.schrute", "POST", f"/{number}/withdrawal").status_code in (403, 404)
    assert api("jim.halpert", "POST", f"/{number}/withdrawal").json["status"] == "draft"
    assert read_expense(number).status == "draft"


def line_of_a_draft(api) -> tuple[str, int]:
    """The number of a draft of Jim's, and of its line."""
    made = api("jim.halpert", "POST", json=draft()).json
    return made["number"], made["lines"][0]["line"]


def test_a_receipt_is_attached_read_and_taken_away_by_its_owner_alone(api):
    number, at = line_of_a_draft(api)
    place, keyed = (
        f"/{number}/receipts?line={at}&name=../lunch.jpg",
        {"Idempotency-Key": "receipt-12345678"},
    )
    assert api("dwight.schrute", "POST", place, data=make_picture("red")).status_code == 404
    made = api("jim.halpert", "POST", place, data=make_picture("red"), headers=keyed)
    assert (made.status_code, made.json["name"], made.json["kind"]) == (
        201,
        "lunch.jpg",
        "image/jpeg",
    )
    again = api("jim.halpert", "POST", place, data=make_picture("red"), headers=keyed)
    assert again.json["id"] == made.json["id"]
    receipt = made.headers["Location"].split("/expenses", 1)[1]
    read = api("jim.halpert", "GET", receipt)
    assert (read.status_code, read.mimetype) == (200, "image/jpeg") and read.data[
        :3
    ] == b"\xff\xd8\xff"
    assert "sandbox" in read.headers["Content-Security-Policy"]
    for uid, method in (
        ("dwight.schrute", "GET"),
        ("dwight.schrute", "DELETE"),
        ("michael.scott", "GET"),
    ):
        assert api(uid, method, receipt).status_code == 404
    assert len(api("jim.halpert", "GET", f"/{number}").json["lines"][0]["vouchers"]) == 1
    assert api("jim.halpert", "DELETE", receipt).status_code == 204
    assert api("jim.halpert", "GET", receipt).status_code == 404


def test_what_is_no_receipt_or_has_no_line_is_refused(api):
    number, at = line_of_a_draft(api)
    for body in (b"", b"<svg onload=alert(1)>", b"%PDF-1.7 nothing"):
        answer = api("jim.halpert", "POST", f"/{number}/receipts?line={at}", data=body)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [f"lines-{at}-voucher"])
    assert (
        api(
            "jim.halpert", "POST", f"/{number}/receipts?line=99", data=make_picture("blue")
        ).status_code
        == 404
    )
    assert api(
        "jim.halpert", "POST", f"/{number}/receipts?line=x", data=make_picture("blue")
    ).status_code in (400, 422)
    api("jim.halpert", "POST", f"/{number}/submission")
    assert (
        api(
            "jim.halpert", "POST", f"/{number}/receipts?line={at}", data=make_picture("blue")
        ).status_code
        == 409
    )
