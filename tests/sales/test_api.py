"""Leads and clients by REST: keys, filters, pages, ETags, and who may not."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.sales import DWIGHT, JIM, MICHAEL, fetch_one

LEAD = {
    "company": "Nay Aug Veterinary",
    "mail": "lee@nayaug.example",
    "phone": "570 555 0150",
    "source": "website",
    "expected_value": "3900.00",
    "owner": JIM,
    "next_kind": "call",
    "next_on": "2026-12-01",
}
CLIENT = {
    "name": "Nay Aug Veterinary",
    "contact_name": "Lee Ott",
    "contact_mail": "lee@nayaug.example",
    "owner": JIM,
    "payment_terms_days": 30,
    "credit_limit": "5000.00",
    "address": {"street": "1 Park", "city": "Scranton", "state": "PA", "postcode": "18503"},
}


@pytest.fixture
def call(web_app, bearer_for: Callable, clean_database: str) -> Callable[..., Any]:
    """`call("GET", "/leads", uid=…, match=3, key="…")` as that person."""
    client = web_app.test_client()

    def send(
        method: str,
        path: str,
        *,
        uid: str = JIM,
        match: int | None = None,
        key: str = "",
        json: Any = None,
    ) -> Any:
        headers = dict(bearer_for(uid, "sales"))
        if match is not None:
            headers["If-Match"] = f'"{match}"'
        if key:
            headers["Idempotency-Key"] = key
        return client.open(f"/api/v1{path}", method=method, json=json, headers=headers)

    return send


def test_a_lead_is_made_once_per_key_and_read_with_its_etag(call, clean_database: str) -> None:
    made = call("POST", "/leads", json=LEAD, key="key-of-the-caller")
    again = call("POST", "/leads", json=LEAD, key="key-of-the-caller")
    assert made.status_code == again.status_code == 201 and made.json == again.json
    assert (
        call("POST", "/leads", json={**LEAD, "company": "Other"}, key="key-of-the-caller").json[
            "code"
        ]
        == "key_reused"
    )
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.lead") == 1
    read = call("GET", made.headers["Location"].removeprefix("/api/v1"))
    assert (
        read.headers["ETag"] == '"1"'
        and read.json["phone"] == "(570) 555-0150"
        and read.json["stage"] == "new"
    )


def test_an_edit_needs_the_version_and_a_stale_one_says_what_changed(call, lead) -> None:
    number = lead()
    changed = {**LEAD, "company": "Laurel Run House"}
    assert call("PUT", f"/leads/{number}", json=changed).status_code == 428
    assert call("PUT", f"/leads/{number}", json=changed, match=1).headers["ETag"] == '"2"'
    stale = call("PUT", f"/leads/{number}", json=LEAD, match=1)
    assert stale.status_code == 409 and stale.json["changes"]["company"] == [
        "Laurel Run Hospice",
        "Laurel Run House",
    ]


def test_a_lead_goes_its_way_by_rest(call, lead) -> None:
    number = lead("qualified")
    early = call("POST", f"/leads/{number}/conversion", json={"new": CLIENT}, match=3)
    assert early.status_code == 409 and early.json["code"] == "stage_refused"
    assert (
        call("PUT", f"/leads/{number}/stage", json={"stage": "proposal"}, match=3).json["stage"]
        == "proposal"
    )
    assert (
        call("POST", f"/leads/{number}/loss", json={"reason": "price"}, match=4).json["lost_reason"]
        == "price"
    )
    assert call("DELETE", f"/leads/{number}/loss", match=5).json["stage"] == "proposal"
    made = call("POST", f"/leads/{number}/conversion", json={"new": CLIENT}, match=6)
    assert made.status_code == 201 and made.json["name"] == "Nay Aug Veterinary"
    again = call("POST", f"/leads/{number}/conversion", json={"new": CLIENT}, match=7)
    assert again.status_code == 409 and again.json["client_number"] == made.json["number"]


def test_nobody_but_who_may_own_leads_and_clients_gets_one_by_rest(call, owners, lead) -> None:
    lead_of = {"company": "New One", "owner": "jim"}
    for method, path, json, match in (
        ("POST", "/leads", lead_of, None),
        ("PUT", f"/leads/{lead()}", lead_of, 1),
        ("POST", "/clients", {**CLIENT, "owner": "jim"}, None),
    ):
        refused = call(method, path, json=json, match=match)
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["owner"]), path
    assert call("POST", "/clients", json={**CLIENT, "owner": f" {DWIGHT} "}).json["owner"] == DWIGHT


def test_leads_are_filtered_and_paged_without_loss(call, lead) -> None:
    numbers = {lead(company=f"Company {place}") for place in range(5)}
    lead("lost"), lead(owner="")
    seen, path = set(), "/leads?owner=jim.halpert&stage=new&stage=contacted&limit=2&sort=company"
    while path:
        page = call("GET", path)
        seen |= {item["number"] for item in page.json["items"]}
        path = (
            page.headers["Link"].split(";")[0].strip("<>").removeprefix("/api/v1")
            if page.json["next"]
            else ""
        )
    assert seen == numbers
    assert len(call("GET", "/leads?owner=nobody").json["items"]) == 1
    for bad in ("stage=beets", "sort=price", "limit=0", "after=nonsense", "due=someday"):
        assert call("GET", f"/leads?{bad}").status_code in (400, 422), bad


def test_clients_are_made_changed_stopped_and_listed(call) -> None:
    made = call("POST", "/clients", json=CLIENT, key="the-key-of-a-client")
    number = made.json["number"]
    assert call("POST", "/clients", json=CLIENT, key="the-key-of-a-client").json["number"] == number
    assert (
        call("PUT", f"/clients/{number}", json={**CLIENT, "name": "Nay Aug Vets"}, match=1).json[
            "name"
        ]
        == "Nay Aug Vets"
    )
    limit = {"credit_limit": "20000", "reason": "Pays"}
    assert call("PUT", f"/clients/{number}/credit-limit", json=limit, match=2).status_code == 403
    assert (
        call("PUT", f"/clients/{number}/credit-limit", json=limit, match=2, uid=MICHAEL).json[
            "credit_limit"
        ]
        == "20000.00"
    )
    assert (
        call("POST", f"/clients/{number}/deactivation", json={"reason": "Closed"}, match=3).json[
            "active"
        ]
        is False
    )
    assert [
        each["number"] for each in call("GET", "/clients?active=false&q=vets").json["items"]
    ] == [number]
    assert call("DELETE", f"/clients/{number}/deactivation", match=4).json["active"] is True
    assert call("GET", "/clients?after=nonsense").status_code == 400


def test_bad_input_names_its_fields(call) -> None:
    answer = call("POST", "/leads", json={**LEAD, "company": " ", "mail": "?"})
    assert answer.status_code == 422 and set(answer.json["errors"]) == {"company", "mail"}
    assert call("POST", "/leads", json={"source": "rumour"}).status_code == 422
    assert call("POST", "/clients", json={**CLIENT, "credit_limit": "20000"}).json[
        "errors"
    ].keys() == {"credit_limit"}
    meant = call("POST", "/clients", json={**CLIENT, "credit_limit": "1.250"}).json["errors"]
    assert meant == {"credit_limit": "Did you mean 1.25 or 1,250.00?"}
    assert call("POST", "/leads", json={**LEAD, "expected_value": "12,50"}).json[
        "expected_value"
    ] == ("12.50")
    assert (
        call("GET", "/leads/LD-1").status_code == 404
        and call("GET", "/clients/CL-1").status_code == 404
    )


def test_those_who_may_only_look_change_nothing(call, lead) -> None:
    number = lead()
    assert call("GET", f"/leads/{number}", uid="kelly.kapoor").status_code == 200
    assert (
        call("PUT", f"/leads/{number}", json=LEAD, match=1, uid="kelly.kapoor").status_code == 403
    )
    assert call("GET", "/leads", uid="roy.anderson").status_code == 403
