"""The trade as a state machine under hypothesis, over REST alone, held against a model of the books.

The model knows only what the callers were told. Events are delivered in this process; the services call each other on a
real port.
"""

import itertools
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from consumers.operations.checks import find_faults
from models.inventory.commands import create_product
from models.inventory.rules import NewProduct
from models.sales.commands import create_client
from models.shared.listeners.delivery import deliver_pending
from models.shared.transactions import transaction
from tests.conftest import Tables
from tests.factories.office import known_client, name_people
from tests.web_client import known_people
from webapp.shared.people.rights import Person, roles_of_groups

PRICES = {"CP-20-LTR": Decimal("38.50"), "FO-MAN-LTR": Decimal("19.99")}
STEPS = {"waiting": "pick", "picked": "pack", "packed": "dispatch", "dispatched": "deliver"}
FACTS: dict[str, dict[str, str]] = {
    "dispatch": {"carrier": "UPS", "tracking": "1Z999"},
    "deliver": {"signed_by": "Pat"},
}
skus, cases = st.sampled_from(sorted(PRICES)), st.integers(1, 6)


class Trade(RuleBasedStateMachine):
    """Jim sells, Darryl receives and ships; every write has a key, and any may be sent again."""

    app: Flask
    tables: Tables
    sent: Bundle[tuple[str, str, Any, str, str]] = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.tables.empty()
        self.browser, self.keys = self.app.test_client(), itertools.count(1)
        self.received, self.dispatched = Counter[str](), Counter[str]()
        self.ordered: dict[str, Counter[str]] = {}
        self.receipts: set[str] = set()

    @initialize()
    def open_the_company(self) -> None:
        name_people()
        with transaction("sales", actor="jim.halpert") as session:
            self.client = create_client(session, known_client())
        for sku, price in PRICES.items():
            with transaction("inventory", actor="darryl.philbin") as session:
                create_product(
                    session, NewProduct(sku=sku, name=sku, unit_price=price, location="")
                )
        deliver_pending()

    @rule(target=sent, sku=skus, cases=cases)
    def receive(self, sku: str, cases: int) -> Any:
        goods = {"lines": [{"sku": sku, "quantity": cases}], "reference": "by truck"}
        answer, sent = self.post("darryl.philbin", "/receipts", goods)
        assert answer.status_code == 201, answer.text
        self.received[sku] += cases
        self.receipts.add(number_in(answer))
        return sent

    @rule(target=sent, lines=st.dictionaries(skus, cases, min_size=1))
    def order(self, lines: dict[str, int]) -> Any:
        wanted = [{"sku": sku, "quantity": cases} for sku, cases in lines.items()]
        new = {"client_number": self.client, "lines": wanted}
        answer, sent = self.post("jim.halpert", "/orders", new)
        assert answer.status_code == 201, answer.text
        assert number_in(answer) not in self.ordered
        self.ordered[number_in(answer)] = Counter(lines)
        total = sum(PRICES[sku] * cases for sku, cases in lines.items())
        assert Decimal(answer.json["total"]) == total
        return sent

    @rule(before=sent)
    def send_again(self, before: tuple[str, str, Any, str, str]) -> None:
        uid, path, body, key, number = before
        assert number_in(self.call(uid, "POST", path, body, key)) == number

    @rule(before=sent)
    def send_something_else_with_the_same_key(self, before: tuple[str, ...]) -> None:
        uid, path, body, key, _ = before
        other = {**body, "note": "and a note"}  # type: ignore[dict-item]
        answer = self.call(uid, "POST", path, other, key)
        assert (answer.status_code, answer.json["code"]) == (422, "key_reused")

    @rule(place=st.integers(0, 50))
    def cancel(self, place: int) -> None:
        if not self.ordered:
            return
        number = sorted(self.ordered)[place % len(self.ordered)]
        version = self.call("jim.halpert", "GET", f"/orders/{number}").headers["ETag"]
        path = f"/orders/{number}/cancellation"
        answer, _ = self.post("jim.halpert", path, {"reason": "changed plans"}, version)
        assert answer.status_code in (202, 409), answer.text

    @rule(steps=st.integers(1, 4))
    def work_in_the_warehouse(self, steps: int) -> None:
        for _ in range(steps):
            deliver_pending()
            found = self.call("darryl.philbin", "GET", "/shipments?limit=100").json["items"]
            for shipment in found:
                if shipment["status"] in STEPS:
                    self.take_step(shipment["number"], STEPS[shipment["status"]])

    def take_step(self, number: str, step: str) -> None:
        """One step of a shipment, which may be refused since it has changed meanwhile."""
        path, facts = f"/shipments/{number}", FACTS.get(step, {})
        read = self.call("darryl.philbin", "GET", path)
        done, _ = self.post("darryl.philbin", f"{path}/{step}", facts, read.headers["ETag"])
        assert done.status_code in (200, 409), done.text
        if step == "dispatch" and done.status_code == 200:
            for line in read.json["lines"]:
                self.dispatched[line["sku"]] += line["quantity"]

    @rule()
    def deliver(self) -> None:
        deliver_pending()

    @invariant()
    def stock_is_what_came_less_what_went(self) -> None:
        if not hasattr(self, "client"):
            return
        for sku in PRICES:
            product = self.call("darryl.philbin", "GET", f"/products/{sku}").json
            assert product["on_hand"] == self.received[sku] - self.dispatched[sku], sku
            assert 0 <= product["reserved"] <= product["on_hand"], sku
            assert product["available"] == product["on_hand"] - product["reserved"], sku

    def teardown(self) -> None:
        deliver_pending()
        for number, lines in self.ordered.items():
            order = self.call("jim.halpert", "GET", f"/orders/{number}").json
            assert order["cases"] == lines.total() and order["shipped"] <= order["cases"]
            assert Decimal(order["total"]) == sum(PRICES[sku] * n for sku, n in lines.items())
        listed = self.call("jim.halpert", "GET", "/orders?limit=100").json["items"]
        assert {each["number"] for each in listed} == set(self.ordered), "no order but these"
        listed = self.call("darryl.philbin", "GET", "/receipts?limit=100").json["items"]
        assert {each["number"] for each in listed} == self.receipts, "no receipt but these"
        assert find_faults() == []

    def post(self, uid: str, path: str, body: Any, version: str = "") -> tuple[TestResponse, Any]:
        """Sends it with a new key; the answer, and what to send again."""
        key = f"key-of-caller-{next(self.keys)}"
        answer = self.call(uid, "POST", path, body, key, version)
        return answer, (uid, path, body, key, number_in(answer))

    def call(
        self,
        uid: str,
        method: str,
        path: str,
        body: Any = None,
        key: str = "",
        version: str = "",
    ) -> TestResponse:
        """A call in this person's name."""
        entry = known_people()[uid]
        person = Person(uid=uid, name=entry.name, roles=roles_of_groups(entry.groups))
        service = "orders" if path.startswith("/orders") else "inventory"
        token = self.app.extensions["own_tokens"].issue(person, service)
        headers = {
            "Authorization": f"Bearer {token}",
            **({"Idempotency-Key": key} if key else {}),
            **({"If-Match": version} if version else {}),
        }
        return self.browser.open(f"/api/v1{path}", method=method, json=body, headers=headers)


def number_in(answer: TestResponse) -> str:
    """The number of what was made, by the answer's Location."""
    return answer.headers.get("Location", "").rsplit("/", 1)[-1]


def run(app: Flask, tables: Tables, examples: int, steps: int) -> None:
    """So many companies, each of so many steps."""
    effort = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.generate],  # to shrink a failure would take minutes
        suppress_health_check=list(HealthCheck),
    )
    machine = type("TheTrade", (Trade,), {"app": app, "tables": tables})
    run_state_machine_as_test(machine, settings=effort)


def test_whatever_is_asked_by_rest_the_books_say_what_was_answered(
    web_app: Flask, served: str, tables: Tables
):
    run(web_app, tables, examples=2, steps=12)


@pytest.mark.long
def test_whatever_is_asked_by_rest_for_long_the_books_say_what_was_answered(
    web_app: Flask, served: str, tables: Tables
):
    run(web_app, tables, examples=12, steps=30)
