"""The REST API of orders."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.shared.listeners.interface import apply_batch
from tests.factories.orders import Reserved, Wire, events_of_order, make_reservation
from tests.orders.inventory_stand_in import StandIn
from webapp.shared.people.rights import Person, roles_of_groups

NEW = {
    "client_number": "CL-1001",
    "lines": [{"sku": "CP-20-LTR", "quantity": 3, "unit_price": "0.01"}],
}


@pytest.fixture
def bearer_for(web_app: Flask, people: dict) -> Callable[[str], dict[str, str]]:
    """Headers of a call to orders on behalf of a person."""

    def headers(uid: str) -> dict[str, str]:
        entry = people[uid]
        someone = Person(uid=uid, name=entry.name, roles=roles_of_groups(entry.groups))
        return {
            "Authorization": f"Bearer {web_app.extensions['own_tokens'].issue(someone, 'orders')}"
        }

    return headers


@pytest.fixture
def api(anonymous: FlaskClient, inventory: StandIn) -> FlaskClient:
    return anonymous


def test_an_order_is_placed_once_per_key_at_the_warehouse_price(
    api, bearer_for, wire: Wire
) -> None:
    headers = {**bearer_for("jim.halpert"), "Idempotency-Key": "key-of-the-caller"}
    first, second = (api.post("/api/v1/orders", json=NEW, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json["number"] == second.json["number"] and first.headers["Location"].endswith(
        first.json["number"]
    )
    assert (first.json["total"], first.json["owner"], first.json["status"]) == (
        "116.70",
        "jim.halpert",
        "placed",
    )
    again = api.post("/api/v1/orders", json={**NEW, "purchase_order": "B"}, headers=headers)
    assert (again.status_code, again.json["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"client_number": "CL-9"}, "client_number"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "CP-20-LTR", "quantity": 0}]}, "lines-0-quantity"),
        ({"lines": [{"sku": "CP-20-LTR", "quantity": -1}]}, "lines-0-quantity"),
        ({"lines": [{"sku": "CP-20-LTR", "quantity": 100_001}]}, "lines-0-quantity"),
        ({"lines": [{"sku": "NOPE", "quantity": 1}]}, "lines-0-sku"),
        ({"lines": [{"sku": "CP-20-LTR", "quantity": "3"}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "CP-20-LTR", "quantity": 1.5}]}, "lines.0.quantity"),
        ({"lines": None}, "lines"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(
    api, bearer_for, wire: Wire, change: dict, field: str
) -> None:
    answer = api.post("/api/v1/orders", json={**NEW, **change}, headers=bearer_for("jim.halpert"))
    assert answer.status_code == 422 and answer.mimetype == "application/problem+json"
    assert field in answer.json["errors"] and answer.json["request_id"]


def test_with_inventory_away_nothing_is_placed(
    api, bearer_for, inventory: StandIn, wire: Wire
) -> None:
    inventory.down = True
    answer = api.post("/api/v1/orders", json=NEW, headers=bearer_for("jim.halpert"))
    assert (answer.status_code, answer.json["code"]) == (503, "service_down")
    assert api.get("/api/v1/orders", headers=bearer_for("jim.halpert")).json["items"] == []


def test_orders_are_read_by_pages_with_filters(api, bearer_for, place: Callable[..., str]) -> None:
    numbers = [place() for _ in range(3)] + [place(actor="dwight.schrute")]
    headers, seen, after = bearer_for("kelly.kapoor"), [], None
    while True:
        answer = api.get(
            "/api/v1/orders",
            query_string={"limit": 2, "after": after} if after else {"limit": 2},
            headers=headers,
        )
        seen += [item["number"] for item in answer.json["items"]]
        after = answer.json["next"]
        if not after:
            break
    assert seen == numbers[::-1]
    mine = api.get(
        "/api/v1/orders?owner=dwight.schrute&status=placed&status=reserved", headers=headers
    ).json["items"]
    assert [item["number"] for item in mine] == [numbers[3]]
    for bad in (
        "status=lost",
        "sort=colour",
        "limit=0",
        "limit=1000",
        "after=WzFd",
        "after=%21",
        "q=" + "x" * 101,
    ):
        assert api.get(f"/api/v1/orders?{bad}", headers=headers).status_code in (400, 422), bad


def test_one_order_has_an_etag_that_a_cancellation_must_name(
    api, bearer_for, wire: Wire, place: Callable[..., str]
) -> None:
    number, headers = place(), bearer_for("jim.halpert")
    read = api.get(f"/api/v1/orders/{number}", headers=headers)
    assert read.status_code == 200 and read.json["lines"][0]["sku"] == "CP-20-LTR"
    assert (
        api.get(
            f"/api/v1/orders/{number}", headers={**headers, "If-None-Match": read.headers["ETag"]}
        ).status_code
        == 304
    )
    url, reason = f"/api/v1/orders/{number}/cancellation", {"reason": "Ordered twice"}
    assert api.post(url, json=reason, headers=headers).status_code == 428
    wire.deliver(
        "dm.inventory.reservation.made.v1",
        make_reservation(number, Reserved(line=1, cases=3, short=0)),
    )
    stale = api.post(url, json=reason, headers={**headers, "If-Match": read.headers["ETag"]})
    assert (stale.status_code, stale.json["code"], stale.json["changes"]) == (
        409,
        "stale",
        {"status": ["placed", "reserved"]},
    )
    fresh = api.get(f"/api/v1/orders/{number}", headers=headers).headers["ETag"]
    other = api.post(url, json=reason, headers={**bearer_for("dwight.schrute"), "If-Match": fresh})
    assert other.status_code == 403
    done = api.post(url, json=reason, headers={**headers, "If-Match": fresh})
    assert (done.status_code, done.json["status"]) == (202, "cancelling")


def test_the_timeline_comes_with_its_proof(
    api, bearer_for, place: Callable[..., str], database: str
) -> None:
    number = place()
    apply_batch("orders", events_of_order(database, number))
    (entry,) = api.get(f"/api/v1/orders/{number}/timeline", headers=bearer_for("jim.halpert")).json[
        "items"
    ]
    assert (entry["n"], entry["type"], entry["proof"]["sequence"]) == (
        1,
        "dm.orders.order.placed.v1",
        1,
    )
    assert (
        api.get("/api/v1/orders/DM-1/timeline", headers=bearer_for("jim.halpert")).status_code
        == 404
    )


def test_clients_are_those_that_sales_told(api, bearer_for, wire: Wire) -> None:
    (client,) = api.get("/api/v1/order-clients?q=pine", headers=bearer_for("jim.halpert")).json[
        "items"
    ]
    assert (client["number"], client["credit_limit"]) == ("CL-1001", "25000.00")
    assert (
        api.get("/api/v1/order-clients?q=granite", headers=bearer_for("jim.halpert")).json["items"]
        == []
    )


def test_who_may_not_is_refused(api, bearer_for, place: Callable[..., str]) -> None:
    number = place()
    assert api.get("/api/v1/orders").status_code == 401
    assert api.get(f"/api/v1/orders/{number}", headers=bearer_for("pam.beesly")).status_code == 403
    assert (
        api.post("/api/v1/orders", json=NEW, headers=bearer_for("roy.anderson")).status_code == 403
    )
