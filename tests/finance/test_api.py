"""The REST API of finance: drafts, handing in, deciding, with keys, ETags, filters and pages."""

import pytest

from models.finance.people import office_today
from tests.finance.conftest import decide, state

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
    assert api("jim.halpert", "POST", f"/{number}/decision", json={"do": "approve"}, headers=tag).status_code == 403
    assert api("michael.scott", "POST", f"/{number}/decision", json={"do": "approve"}).status_code == 428
    assert api("michael.scott", "POST", f"/{number}/decision", json={"do": "approve"}, headers=tag).json["status"] == "approved"


def test_a_stale_write_is_refused_and_a_fresh_one_taken(api):
    made = api("jim.halpert", "POST", json=draft())
    number, tag = made.json["number"], made.headers["ETag"]
    line = {**made.json["lines"][0], "amount": "12.00"}
    changed = api("jim.halpert", "PUT", f"/{number}", json={"purpose": "Less", "lines": [line]}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json["total"]) == (200, "12.00")
    assert api("jim.halpert", "PUT", f"/{number}", json=draft(), headers={"If-Match": tag}).status_code == 409
    same = api("jim.halpert", "GET", f"/{number}", headers={"If-None-Match": changed.headers["ETag"]})
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
    decide("michael.scott", numbers[0])
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
    assert state(number).status == "draft"
